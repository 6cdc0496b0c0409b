/**
 * What a plugin outside this repository imports: the container's module type, every contract, the moves that strategies share and
 * the conformance kits, from one place, so that it brings no copy of its own.
 */
export { ContainerModule } from '@loopsmith/host';
export * from '@loopsmith/contracts';
export * from '@loopsmith/search-moves';
export * from '@loopsmith/kits';
