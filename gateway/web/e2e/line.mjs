// The line between a browser and the server, with a switch: what goes through it can be cut, as in a lift.
import { connect, createServer } from 'node:net';

export class Line {
  static #lines = new Set();
  #up = true;
  #open = new Set();
  #server;

  /** Resolves to a line to this server, on an address of its own (`url`). */
  static async to(server) {
    const line = new Line();
    Line.#lines.add(line);
    const { hostname, port } = new URL(server);
    line.#server = createServer((near) => {
      if (!line.#up) {
        near.destroy();
        return;
      }
      const far = connect(Number(port), hostname);
      for (const socket of [near, far]) {
        line.#open.add(socket);
        // A cut line is the point of the test; the other side hears of it by its end.
        socket.on('error', () => socket.destroy());
        socket.on('close', () => line.#open.delete(socket));
      }
      near.pipe(far).pipe(near);
      near.on('close', () => far.destroy());
      far.on('close', () => near.destroy());
    });
    await new Promise((resolve) => line.#server.listen(0, '127.0.0.1', resolve));
    line.url = `http://127.0.0.1:${line.#server.address().port}`;
    return line;
  }

  cut() {
    this.#up = false;
    for (const socket of this.#open) socket.destroy();
  }

  mend() {
    this.#up = true;
  }

  close() {
    this.cut();
    this.#server.close();
    Line.#lines.delete(this);
  }

  static closeAll() {
    for (const line of Line.#lines) line.close();
  }
}
