/**
 * Protocols of TLS for servers and clients, in the notation of OpenSSL: at least version 1.2, and for that version only authenticated encryption
 * with forward secrecy, as RFC 9325 recommends. TLS 1.3 has nothing else. Every API server of Kubernetes supports all of them.
 */
export const tlsProtocols = {
  minVersion: 'TLSv1.2',
  ciphers: [
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'TLS_AES_128_GCM_SHA256',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-RSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-RSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
    'ECDHE-RSA-CHACHA20-POLY1305',
  ].join(':'),
} as const;
