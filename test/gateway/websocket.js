// A WebSocket client that can misbehave: frames by hand over a plain socket.
'use strict';
const crypto = require('crypto');
const { until, answersIn } = require('./harness');

const SECRET = 'a secret of more than thirty-two bytes';
const encode = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

// A token signed with HS256 and SECRET, unless told otherwise; claims on top of a good operator's.
function token(claims = {}, { header = {}, secret = SECRET, sign } = {}) {
  const text = `${encode({ alg: 'HS256', typ: 'JWT', ...header })}.${encode({ role: 'strike_operator', tenant: 'noc-east', sub: 'test', exp: Math.floor(Date.now() / 1000) + 600, ...claims })}`;
  return `${text}.${sign ? sign(text) : crypto.createHmac('sha256', secret).update(text).digest('base64url')}`;
}

// One frame, masked as a client's must be unless told otherwise.
function frame(payload, { opcode = 1, final = true, masked = true, reserved = 0, length, mask = crypto.randomBytes(4) } = {}) {
  const data = Buffer.from(payload);
  const size = length === undefined ? data.length : length;
  const head = [(final ? 0x80 : 0) | reserved | opcode];
  if (size < 126) head.push((masked ? 0x80 : 0) | size);
  else if (size < 65536) head.push((masked ? 0x80 : 0) | 126, size >> 8, size & 255);
  else head.push((masked ? 0x80 : 0) | 127, 0, 0, 0, 0, size >>> 24, (size >> 16) & 255, (size >> 8) & 255, size & 255);
  if (!masked) return Buffer.concat([Buffer.from(head), data]);
  return Buffer.concat([Buffer.from(head), mask, data.map((byte, i) => byte ^ mask[i % 4])]);
}

const handshake = (headers = {}) => {
  const all = { Host: 'gateway.test', Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==', ...headers };
  return `GET /ws HTTP/1.1\r\n${Object.entries(all).filter(([, value]) => value !== null).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
};

class WebSocket {
  // hello: what goes with the token's message, or null for no message; headers of the handshake
  static async open(gateway, hello = {}, headers = {}) {
    const ws = new WebSocket();
    ws.client = gateway.connect();
    Object.assign(ws, { messages: [], frames: [], code: null, reason: '', status: null, bytes: Buffer.alloc(0) });
    ws.client.socket.removeAllListeners('data');
    ws.client.socket.on('data', (data) => ws.take(data));
    ws.client.socket.write(handshake(headers));
    if (hello) ws.say({ token: hello.token === undefined ? token() : hello.token, ...hello });
    await until('an answer to the handshake', () => ws.status !== null || ws.closed);
    return ws;
  }

  get closed() { return this.client.closed; }
  // the feed's seqs, in the order they came
  get seqs() { return this.messages.filter((message) => 'seq' in message).map((message) => message.seq); }
  get now() { return this.messages.reduce((now, message) => ('now' in message ? message.now : now), null); }
  // what it would resume with
  get since() { return this.messages.reduce((since, { seq, now }) => Math.max(since, seq || 0, now || 0), 0); }

  say(value, options) { this.raw(frame(typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value), options)); }
  raw(bytes) { this.client.socket.write(bytes); }
  pause() { this.client.socket.pause(); }
  resume() { this.client.socket.resume(); }
  leave() { this.client.socket.destroy(); }

  take(data) {
    this.bytes = Buffer.concat([this.bytes, data]);
    if (this.status === null) {
      const end = this.bytes.indexOf('\r\n\r\n');
      if (end < 0) return;
      this.status = Number(this.bytes.toString('latin1', 9, 12));
      this.head = this.bytes.toString('latin1', 0, end);
      if (this.status !== 101) {
        [this.answer] = answersIn(this.bytes);
        return;
      }
      this.bytes = this.bytes.subarray(end + 4);
    }
    for (;;) {
      if (this.bytes.length < 2 || this.status !== 101) return;
      const word = this.bytes[1] & 0x7f;
      const head = word < 126 ? 2 : word === 126 ? 4 : 10;
      if (this.bytes.length < head) return;
      const length = word < 126 ? word : word === 126 ? this.bytes.readUInt16BE(2) : Number(this.bytes.readBigUInt64BE(2));
      if (this.bytes.length < head + length) return;
      const payload = this.bytes.subarray(head, head + length);
      this.frames.push({ first: this.bytes[0], masked: this.bytes[1] >> 7, payload });
      if (this.bytes[0] === 0x81) this.messages.push({ ...JSON.parse(payload), at: Date.now() });
      else if (this.bytes[0] === 0x88) Object.assign(this, { code: length >= 2 ? payload.readUInt16BE(0) : 1005, reason: payload.toString('utf8', 2) });
      else if (this.bytes[0] === 0x89 && !this.deaf) this.raw(frame(payload, { opcode: 10 }));
      this.bytes = this.bytes.subarray(head + length);
    }
  }

  async closes() {
    await until('the close frame', () => this.code !== null || this.closed);
    this.leave();
    return this.code;
  }
}

module.exports = { WebSocket, token, frame, handshake, encode, SECRET };
