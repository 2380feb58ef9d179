// AES in Galois/counter mode as libsrtp2 wants a cipher: RFC 7714. The library's key is AES key and 12 bytes of salt.
#include "Internal.h"

#define SALT 12
/// The longest tag; libsrtp2's own tests of a cipher also want the short one of 8.
#define TAG 16

static srtp_err_status_t create(srtp_cipher_t **result, int size, int tag_size) {
    if (tag_size != 8 && tag_size != TAG) return srtp_err_status_bad_param;
    return srtp_side_aes_create(result, size - SALT, SALT, tag_size, &srtp_side_aes_gcm_128, &srtp_side_aes_gcm_256);
}

static srtp_err_status_t set_key(void *context, const uint8_t *key) {
    struct aes_mode *state = context;
    const EVP_CIPHER *kind = state->key_size == 16 ? EVP_aes_128_gcm() : EVP_aes_256_gcm();
    return EVP_CipherInit_ex(state->aes, kind, NULL, key, NULL, 1) == 1 ? srtp_err_status_ok : srtp_err_status_init_fail;
}

static srtp_err_status_t set_iv(void *context, uint8_t *iv, srtp_cipher_direction_t direction) {
    struct aes_mode *state = context;
    int encrypts = direction == srtp_direction_encrypt;
    return EVP_CipherInit_ex(state->aes, NULL, NULL, NULL, iv, encrypts) == 1 ? srtp_err_status_ok : srtp_err_status_cipher_fail;
}

static srtp_err_status_t set_aad(void *context, const uint8_t *bytes, uint32_t size) {
    struct aes_mode *state = context;
    int done = 0;
    return EVP_CipherUpdate(state->aes, NULL, &done, bytes, (int)size) == 1 ? srtp_err_status_ok : srtp_err_status_algo_fail;
}

static srtp_err_status_t encrypt(void *context, uint8_t *bytes, unsigned int *size) {
    struct aes_mode *state = context;
    int done = 0;
    if (*size > 0 && EVP_CipherUpdate(state->aes, bytes, &done, bytes, (int)*size) != 1) return srtp_err_status_cipher_fail;
    return srtp_err_status_ok;
}

static srtp_err_status_t get_tag(void *context, uint8_t *tag, uint32_t *size) {
    struct aes_mode *state = context;
    uint8_t nothing[TAG];
    int done = 0;
    if (EVP_CipherFinal_ex(state->aes, nothing, &done) != 1) return srtp_err_status_cipher_fail;
    if (EVP_CIPHER_CTX_ctrl(state->aes, EVP_CTRL_GCM_GET_TAG, state->tag_size, tag) != 1) return srtp_err_status_cipher_fail;
    *size = (uint32_t)state->tag_size;
    return srtp_err_status_ok;
}

/// The tag stands behind the text.
static srtp_err_status_t decrypt(void *context, uint8_t *bytes, unsigned int *size) {
    struct aes_mode *state = context;
    if (*size < (unsigned int)state->tag_size) return srtp_err_status_bad_param;
    int text = (int)*size - state->tag_size;
    int done = 0;
    uint8_t nothing[TAG];
    if (EVP_CIPHER_CTX_ctrl(state->aes, EVP_CTRL_GCM_SET_TAG, state->tag_size, bytes + text) != 1) return srtp_err_status_cipher_fail;
    if (text > 0 && EVP_CipherUpdate(state->aes, bytes, &done, bytes, text) != 1) return srtp_err_status_cipher_fail;
    if (EVP_CipherFinal_ex(state->aes, nothing, &done) != 1) return srtp_err_status_auth_fail;
    *size = (unsigned int)text;
    return srtp_err_status_ok;
}

// Known answers, which the library checks before it takes the cipher: keys 00 01 02 …, text 00 01 02 …

static uint8_t test_iv[12] = {0x51, 0x75, 0x3c, 0x65, 0x80, 0xc2, 0x72, 0x6f, 0x20, 0x71, 0x84, 0x14};
static const uint8_t test_header[12] = {0x80, 0x40, 0xf1, 0x7b, 0x80, 0x41, 0xf8, 0xd3, 0x55, 0x01, 0xa0, 0xb2};
static const uint8_t ascending[44] = {
    0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
    22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
};
static const uint8_t sealed_128[48] = {
    0xb5, 0x2d, 0x8d, 0xcc, 0x96, 0x50, 0xf8, 0x0e, 0xd7, 0xc7, 0xac, 0x78, 0xfc, 0x1d, 0x2c, 0xb6,
    0x8e, 0x16, 0x40, 0xb0, 0x70, 0x4f, 0x39, 0x58, 0x33, 0xd2, 0xce, 0x11, 0x2c, 0xa8, 0xbb, 0xe1,
    0x5d, 0x04, 0x2c, 0x17, 0xa4, 0x07, 0x91, 0xd3, 0x45, 0x90, 0x0a, 0xa2, 0x09, 0x42, 0x9d, 0x19,
};
static const uint8_t sealed_256[48] = {
    0x75, 0xd1, 0xb0, 0x17, 0xc5, 0x46, 0xd8, 0x70, 0x94, 0xe2, 0x52, 0x9e, 0x52, 0x4d, 0x54, 0xd6,
    0x81, 0xf5, 0x69, 0x5d, 0xe7, 0x3e, 0x95, 0xc4, 0xc4, 0x7c, 0x10, 0x69, 0x0b, 0x90, 0xc4, 0x75,
    0x3d, 0xed, 0xdd, 0xa9, 0x38, 0x5a, 0x13, 0x66, 0x1a, 0x36, 0x4c, 0xe1, 0x13, 0x40, 0x7c, 0xb1,
};
static const srtp_cipher_test_case_t test_128 = {28, ascending, test_iv, 32, ascending, 48, sealed_128, 12, test_header, 16, NULL};
static const srtp_cipher_test_case_t test_256 = {44, ascending, test_iv, 32, ascending, 48, sealed_256, 12, test_header, 16, NULL};

const srtp_cipher_type_t srtp_side_aes_gcm_128 = {
    create, srtp_side_aes_destroy, set_key, set_aad, encrypt, decrypt, set_iv, get_tag, "AES-128 GCM of libcrypto", &test_128, SRTP_AES_GCM_128};
const srtp_cipher_type_t srtp_side_aes_gcm_256 = {
    create, srtp_side_aes_destroy, set_key, set_aad, encrypt, decrypt, set_iv, get_tag, "AES-256 GCM of libcrypto", &test_256, SRTP_AES_GCM_256};
