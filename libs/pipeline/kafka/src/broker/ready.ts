/** Whether a Kafka broker answers at an address: one ApiVersions request over a plain TCP connection. Knows no client library. */
import { connect } from 'node:net';

/** ApiVersions (key 18) version 0, correlation id 1, client id "r": length, key, version, correlation, client id. */
const question = Buffer.from([0, 0, 0, 11, 0, 18, 0, 0, 0, 0, 0, 1, 0, 1, 0x72]);

/** Over TLS the broker closes the connection at these bytes, which shows that it listens. */
export const answers = (host: string, port: number, secure: boolean): Promise<boolean> =>
  new Promise((resolve) => {
    let connected = false;
    const socket = connect(port, host, () => { connected = true; socket.write(question); });
    const end = (yes: boolean): void => { socket.destroy(); resolve(yes); };
    socket.setTimeout(1000, () => end(false));
    socket.on('data', () => end(true));
    socket.on('close', () => end(secure && connected));
    socket.on('error', () => end(secure && connected));
  });
