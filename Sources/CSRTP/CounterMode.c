// AES in counter mode as libsrtp2 wants a cipher: RFC 3711 §4.1.1, RFC 6188. The library's key is AES key and 14 bytes of salt.
#include "Internal.h"

#include <string.h>

#define SALT 14

static srtp_err_status_t create(srtp_cipher_t **result, int size, int tag_size) {
    (void)tag_size;
    return srtp_side_aes_create(result, size - SALT, SALT, 0, &srtp_side_aes_cm_128, &srtp_side_aes_cm_256);
}

static srtp_err_status_t set_key(void *context, const uint8_t *key) {
    struct aes_mode *state = context;
    const EVP_CIPHER *kind = state->key_size == 16 ? EVP_aes_128_ctr() : EVP_aes_256_ctr();
    memcpy(state->salt, key + state->key_size, SALT);
    return EVP_EncryptInit_ex(state->aes, kind, NULL, key, state->salt) == 1 ? srtp_err_status_ok : srtp_err_status_init_fail;
}

static srtp_err_status_t set_iv(void *context, uint8_t *iv, srtp_cipher_direction_t direction) {
    (void)direction;
    struct aes_mode *state = context;
    uint8_t counter[16];
    for (int index = 0; index < 16; index++) counter[index] = state->salt[index] ^ iv[index];
    return EVP_EncryptInit_ex(state->aes, NULL, NULL, NULL, counter) == 1 ? srtp_err_status_ok : srtp_err_status_cipher_fail;
}

static srtp_err_status_t apply(void *context, uint8_t *bytes, unsigned int *size) {
    struct aes_mode *state = context;
    int done = 0;
    if (EVP_EncryptUpdate(state->aes, bytes, &done, bytes, (int)*size) != 1) return srtp_err_status_cipher_fail;
    *size = (unsigned int)done;
    return srtp_err_status_ok;
}

// Known answers, which the library checks before it takes the cipher: RFC 3711 B.2, RFC 6188 §7.

static uint8_t nowhere[16];
static const uint8_t zeros[32];

static const uint8_t key_128[30] = {
    0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f,
    0x3c, 0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd,
};
static const uint8_t stream_128[32] = {
    0xe0, 0x3e, 0xad, 0x09, 0x35, 0xc9, 0x5e, 0x80, 0xe1, 0x66, 0xb1, 0x6d, 0xd9, 0x2b, 0x4e, 0xb4,
    0xd2, 0x35, 0x13, 0x16, 0x2b, 0x02, 0xd0, 0xf7, 0x2a, 0x43, 0xa2, 0xfe, 0x4a, 0x5f, 0x97, 0xab,
};
static const srtp_cipher_test_case_t test_128 = {30, key_128, nowhere, 32, zeros, 32, stream_128, 0, NULL, 0, NULL};

static const uint8_t key_256[46] = {
    0x57, 0xf8, 0x2f, 0xe3, 0x61, 0x3f, 0xd1, 0x70, 0xa8, 0x5e, 0xc9, 0x3c, 0x40, 0xb1, 0xf0, 0x92,
    0x2e, 0xc4, 0xcb, 0x0d, 0xc0, 0x25, 0xb5, 0x82, 0x72, 0x14, 0x7c, 0xc4, 0x38, 0x94, 0x4a, 0x98,
    0xf0, 0xf1, 0xf2, 0xf3, 0xf4, 0xf5, 0xf6, 0xf7, 0xf8, 0xf9, 0xfa, 0xfb, 0xfc, 0xfd,
};
static const uint8_t stream_256[32] = {
    0x92, 0xbd, 0xd2, 0x8a, 0x93, 0xc3, 0xf5, 0x25, 0x11, 0xc6, 0x77, 0xd0, 0x8b, 0x55, 0x15, 0xa4,
    0x9d, 0xa7, 0x1b, 0x23, 0x78, 0xa8, 0x54, 0xf6, 0x70, 0x50, 0x75, 0x6d, 0xed, 0x16, 0x5b, 0xac,
};
static const srtp_cipher_test_case_t test_256 = {46, key_256, nowhere, 32, zeros, 32, stream_256, 0, NULL, 0, NULL};

const srtp_cipher_type_t srtp_side_aes_cm_128 = {
    create, srtp_side_aes_destroy, set_key, NULL, apply, apply, set_iv, NULL, "AES-128 counter mode of libcrypto", &test_128, SRTP_AES_ICM_128};
const srtp_cipher_type_t srtp_side_aes_cm_256 = {
    create, srtp_side_aes_destroy, set_key, NULL, apply, apply, set_iv, NULL, "AES-256 counter mode of libcrypto", &test_256, SRTP_AES_ICM_256};
