/** What a plugin outside this repository imports: the container's module type and every contract, from one place, so that it brings no copy of its own. */
export { ContainerModule } from '@loopsmith/host';
export * from '@loopsmith/contracts';
