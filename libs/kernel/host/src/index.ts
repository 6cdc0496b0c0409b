/** The microkernel: loads plugins, collects what they contribute, answers by id. Also hands out the container's module type, so that a plugin needs no copy of its own. */
export { ContainerModule } from 'inversify';
export * from './catalogue.js';
export * from './host.js';
export * from './plugin-source.js';
