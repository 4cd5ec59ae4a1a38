// Tokens as an identity provider would sign them.
'use strict';
const { createHmac, createSign } = require('crypto');

const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const soon = () => Math.floor(Date.now() / 1000) + 3600;

// HS256 with a shared secret; claims without exp get an hour.
function hs256(secret, claims, header = {}) {
  const text = part({ alg: 'HS256', typ: 'JWT', ...header }) + '.' + part({ exp: soon(), ...claims });
  return text + '.' + createHmac('sha256', secret).update(text).digest('base64url');
}

// RS256 with a private key
function rs256(key, claims, header = {}) {
  const text = part({ alg: 'RS256', typ: 'JWT', ...header }) + '.' + part({ exp: soon(), ...claims });
  return text + '.' + createSign('RSA-SHA256').update(text).sign(key, 'base64url');
}

const unsigned = (claims) => part({ alg: 'none', typ: 'JWT' }) + '.' + part({ exp: soon(), ...claims }) + '.';

module.exports = { hs256, rs256, unsigned };
