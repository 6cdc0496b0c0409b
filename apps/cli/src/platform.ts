/** Whether Loopsmith runs on a platform, and within its limits, in a sentence. Imports nothing: `--help` passes through here, and so does what can open no file. */

const architectures = ['x64', 'arm64'];

/** What is wrong with the platform, or null. Names are Node's: `process.platform` and `process.arch`. */
export const platformFault = (platform: string, architecture: string): string | null =>
  platform === 'linux' && architectures.includes(architecture)
    ? null
    : `Loopsmith runs on Linux on x64 and arm64, and this is ${platform} on ${architecture}; use a Linux machine, WSL 2 or a container`;

/** What an error says of a process that may open no more files, or null. Node 24 says so of a `package.json` that it could not open in words alone. */
export const openFilesFault = ({ code, message }: NodeJS.ErrnoException): string | null => {
  const said = code === 'ERR_INVALID_PACKAGE_CONFIG' && message.includes('too many open files') ? 'EMFILE' : code;
  return said === 'EMFILE' || said === 'ENFILE' ? `no more files can be opened (${said}); allow more, with \`ulimit -n 1024\` in this shell` : null;
};
