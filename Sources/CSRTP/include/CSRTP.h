// SRTP (RFC 3711) by libsrtp2, with AES and HMAC-SHA1 of libcrypto put in place of the library's own.
//
// Debian builds libsrtp2 on NSS, which takes a lock and allocates a dozen times for every packet. The ciphers here
// allocate when a context is made and never again.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// One direction of a stream: keys, roll-over counter, replay list, of RTP and RTCP.
struct srtp_side;

enum srtp_suite {
    srtp_suite_aes_cm_128_hmac_sha1_80,
    srtp_suite_aes_cm_128_hmac_sha1_32,
    srtp_suite_aes_256_cm_hmac_sha1_80,
    srtp_suite_aead_aes_128_gcm,
    srtp_suite_aead_aes_256_gcm,
};

enum srtp_verdict {
    srtp_verdict_good,
    /// Not from whoever has the key, or changed on the way.
    srtp_verdict_forged,
    /// Seen before, or too old to know.
    srtp_verdict_replayed,
    /// No packet of this kind, or the library failed.
    srtp_verdict_unusable,
};

/// Bytes that protection adds at most, as these suites are used here: tag and RTCP index.
#define SRTP_SIDE_GROWTH 24
#define SRTP_SIDE_MAXIMUM_MKI 128

/// Starts the library; false when its own tests of the ciphers fail. Takes some 50 ms the first time, nothing later.
bool srtp_side_prepare(void);
/// What we send, from one source; `key` is master key and salt. NULL when it cannot be made.
struct srtp_side *srtp_side_create_sender(enum srtp_suite suite, const uint8_t *key, size_t key_size, uint32_t ssrc);
/// What we receive, from any source; with a master key identifier if the sender puts one into its packets.
struct srtp_side *srtp_side_create_receiver(
    enum srtp_suite suite, const uint8_t *key, size_t key_size, const uint8_t *mki, size_t mki_size);
void srtp_side_destroy(struct srtp_side *side);

/// Encrypts and authenticates in place, 4-byte aligned; `size` grows by at most SRTP_SIDE_GROWTH. Allocates nothing.
enum srtp_verdict srtp_side_protect(struct srtp_side *side, uint8_t *packet, int *size, bool control);
/// Checks and decrypts in place; `size` shrinks. Allocates only for the first good packet of a source.
enum srtp_verdict srtp_side_unprotect(struct srtp_side *side, uint8_t *packet, int *size, bool control);
