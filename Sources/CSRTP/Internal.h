// The ciphers that take the place of libsrtp2's own.
#pragma once
#include <openssl/evp.h>
#include <srtp2/auth.h>
#include <srtp2/cipher.h>
#include <srtp2/srtp.h>

extern const srtp_cipher_type_t srtp_side_aes_cm_128, srtp_side_aes_cm_256, srtp_side_aes_gcm_128, srtp_side_aes_gcm_256;
extern const srtp_auth_type_t srtp_side_hmac_sha1;

/// AES as libcrypto does it, in one of the two modes.
struct aes_mode {
    EVP_CIPHER_CTX *aes;
    uint8_t salt[16];
    int key_size;
    int tag_size;
};

/// Makes a cipher of the type for its key's size: 16 or 32 bytes. The library counts the salt to the key.
srtp_err_status_t srtp_side_aes_create(
    srtp_cipher_t **result, int key_size, int salt_size, int tag_size, const srtp_cipher_type_t *short_key,
    const srtp_cipher_type_t *long_key);
/// Frees it, with no key left in memory.
srtp_err_status_t srtp_side_aes_destroy(srtp_cipher_t *cipher);
