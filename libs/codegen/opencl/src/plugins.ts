/** The two OpenCL plugins as tables: devices in general, which share memory and wait at barriers, and Arm's Mali, which does neither and takes vectors of four. */
import { installOpencl, openclPlugin } from './opencl.js';

/** Limits that every OpenCL GPU of the last ten years keeps, by what the standard asks for and drivers report. */
export const opencl = openclPlugin({
  id: 'opencl', lanes: 1, needs: 'an OpenCL device', installTarget: installOpencl, isTarget: () => true,
  devices: [{
    name: 'generic', clock: 1e9, bytesPerSecond: 50e9,
    gpu: {
      warp: 32, threadsPerBlock: 256, threads: [256, 256, 64], blocks: [2 ** 31 - 1, 65535, 65535],
      sharedBytes: 32 << 10, registersPerThread: 128, units: 16, lanesPerUnit: 64,
    },
  }],
});

/**
 * Local memory of a Mali is cached global memory, so staging only adds barriers (Arm, OpenCL developer guide 101574). Midgard has
 * 16 work registers of four floats, and half the threads beyond eight; Bifrost 64 scalar ones, and half the threads beyond 32.
 */
export const maliOpencl = openclPlugin({
  id: 'mali-opencl', lanes: 4, needs: 'a Mali GPU', installTarget: 'none: run Loopsmith on a board with a Mali GPU and its driver', isTarget: (device) => device.startsWith('Mali'),
  devices: [
    { name: 'midgard', clock: 6.5e8, bytesPerSecond: 8e9,
      gpu: { warp: 4, threadsPerBlock: 256, threads: [256, 256, 256], blocks: [2 ** 31 - 1, 65535, 65535], sharedBytes: 0, registersPerThread: 64, units: 4, lanesPerUnit: 8 } },
    { name: 'bifrost', clock: 7e8, bytesPerSecond: 12e9,
      gpu: { warp: 8, threadsPerBlock: 384, threads: [384, 384, 384], blocks: [2 ** 31 - 1, 65535, 65535], sharedBytes: 0, registersPerThread: 64, units: 4, lanesPerUnit: 12 } },
  ],
});
