/** Continuous traffic from one peer to another, which shows what a change of the cluster interrupts. */
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';

export interface StreamInput {
  readonly protocol: 'tcp' | 'udp';
  readonly host: string;
  readonly port: number;
  readonly intervalMs: number;
}

export interface StreamResult {
  /** Requests sent. */
  readonly sent: number;
  /** Requests without a reply, except for the last ones, which may be on their way. */
  readonly lost: number;
  /** Longest time without a reply. */
  readonly longestGapMs: number;
  /** TCP: why the connection ended; undefined if it still exists. */
  readonly cut?: string;
}

export interface Stream {
  end(): StreamResult;
}

/** Starts to send. TCP uses one connection, whose requests are repeated by the kernel instead of being lost. */
export function startStream(input: StreamInput): Stream {
  return input.protocol === 'tcp' ? tcpStream(input) : udpStream(input);
}

function tcpStream({ host, port, intervalMs }: StreamInput): Stream {
  const meter = createMeter();
  const socket = connect({ host, port, noDelay: true });
  let cut: string | undefined;
  socket.on('error', (error) => {
    cut ??= 'code' in error ? String(error.code) : error.message;
  });
  socket.on('close', () => {
    cut ??= 'closed';
  });
  socket.on('data', (data) => meter.received(data.toString('utf8').split('\n').length - 1));
  const timer = setInterval(() => {
    if (cut !== undefined) return;
    meter.sent();
    socket.write('request\n');
  }, intervalMs);
  return {
    end: () => {
      clearInterval(timer);
      const result = meter.result();
      const ended = cut;
      socket.destroy();
      return ended === undefined ? result : { ...result, cut: ended };
    },
  };
}

function udpStream({ host, port, intervalMs }: StreamInput): Stream {
  const meter = createMeter();
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  socket.on('message', () => meter.received(1));
  socket.on('error', () => undefined);
  const timer = setInterval(() => {
    meter.sent();
    socket.send('request', port, host, () => undefined);
  }, intervalMs);
  return {
    end: () => {
      clearInterval(timer);
      socket.close();
      return meter.result();
    },
  };
}

function createMeter() {
  let [sent, received, longestGapMs, last] = [0, 0, 0, performance.now()];
  const gap = (): void => {
    longestGapMs = Math.max(longestGapMs, Math.round(performance.now() - last));
  };
  return {
    sent: (): void => {
      sent += 1;
    },
    received: (count: number): void => {
      gap();
      last = performance.now();
      received += count;
    },
    result: (): StreamResult => {
      gap();
      const onTheirWay = 3;
      return { sent, lost: Math.max(0, sent - received - onTheirWay), longestGapMs };
    },
  };
}
