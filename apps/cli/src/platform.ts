/** Whether Loopsmith runs on a platform, in a sentence. Imports nothing: `--help` passes through here. */

const architectures = ['x64', 'arm64'];

/** What is wrong with the platform, or null. Names are Node's: `process.platform` and `process.arch`. */
export const platformFault = (platform: string, architecture: string): string | null =>
  platform === 'linux' && architectures.includes(architecture)
    ? null
    : `Loopsmith runs on Linux on x64 and arm64, and this is ${platform} on ${architecture}; use a Linux machine, WSL 2 or a container`;
