/** The microkernel: loads plugins, collects what they contribute, answers by id. Also hands out the container's module type, so that a plugin needs no copy of its own. */
export { ContainerModule } from 'inversify';
export { createHost, type Host, type PluginSource } from './host.js';
export { pluginSource } from './plugin-source.js';
