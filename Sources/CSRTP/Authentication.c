// HMAC-SHA1 as libsrtp2 wants an authenticator: RFC 2104. The padded keys are hashed once, when the key is set; SHA-1's
// state is plain memory, which EVP's is not: that one is allocated anew for every packet.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "Internal.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

struct authentication {
    SHA_CTX inner, outer, running;
};

static srtp_err_status_t destroy(srtp_auth_t *auth) {
    OPENSSL_cleanse(auth->state, sizeof(struct authentication));
    free(auth->state);
    free(auth);
    return srtp_err_status_ok;
}

static srtp_err_status_t create(srtp_auth_t **result, int key_size, int tag_size) {
    if (key_size < 0 || key_size > SHA_CBLOCK || tag_size < 0 || tag_size > SHA_DIGEST_LENGTH) return srtp_err_status_bad_param;
    srtp_auth_t *auth = calloc(1, sizeof *auth);
    struct authentication *state = calloc(1, sizeof *state);
    if (!auth || !state) {
        free(auth);
        free(state);
        return srtp_err_status_alloc_fail;
    }
    auth->type = &srtp_side_hmac_sha1;
    auth->state = state;
    auth->out_len = tag_size;
    auth->key_len = key_size;
    *result = auth;
    return srtp_err_status_ok;
}

static srtp_err_status_t start(void *context) {
    struct authentication *state = context;
    state->running = state->inner;
    return srtp_err_status_ok;
}

static srtp_err_status_t set_key(void *context, const uint8_t *key, int key_size) {
    struct authentication *state = context;
    uint8_t block[SHA_CBLOCK] = {0};
    memcpy(block, key, (size_t)key_size);
    for (int index = 0; index < SHA_CBLOCK; index++) block[index] ^= 0x36;
    int good = SHA1_Init(&state->inner) & SHA1_Update(&state->inner, block, SHA_CBLOCK);
    for (int index = 0; index < SHA_CBLOCK; index++) block[index] ^= 0x36 ^ 0x5c;
    good &= SHA1_Init(&state->outer) & SHA1_Update(&state->outer, block, SHA_CBLOCK);
    OPENSSL_cleanse(block, sizeof block);
    return good == 1 ? start(state) : srtp_err_status_init_fail;
}

static srtp_err_status_t update(void *context, const uint8_t *bytes, int size) {
    struct authentication *state = context;
    return SHA1_Update(&state->running, bytes, (size_t)size) == 1 ? srtp_err_status_ok : srtp_err_status_auth_fail;
}

static srtp_err_status_t finish(void *context, const uint8_t *bytes, int size, int tag_size, uint8_t *tag) {
    struct authentication *state = context;
    uint8_t digest[SHA_DIGEST_LENGTH];
    if (tag_size > SHA_DIGEST_LENGTH) return srtp_err_status_bad_param;
    SHA_CTX outer = state->outer;
    int good = SHA1_Update(&state->running, bytes, (size_t)size) & SHA1_Final(digest, &state->running);
    good &= SHA1_Update(&outer, digest, sizeof digest) & SHA1_Final(digest, &outer);
    memcpy(tag, digest, (size_t)tag_size);
    return good == 1 ? srtp_err_status_ok : srtp_err_status_auth_fail;
}

// RFC 2202 §3, case 1.
static const uint8_t test_key[20] = {
    0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b, 0x0b,
};
static const uint8_t test_text[8] = {'H', 'i', ' ', 'T', 'h', 'e', 'r', 'e'};
static const uint8_t test_tag[20] = {
    0xb6, 0x17, 0x31, 0x86, 0x55, 0x05, 0x72, 0x64, 0xe2, 0x8b, 0xc0, 0xb6, 0xfb, 0x37, 0x8c, 0x8e, 0xf1, 0x46, 0xbe, 0x00,
};
static const srtp_auth_test_case_t test = {20, test_key, 8, test_text, 20, test_tag, NULL};

const srtp_auth_type_t srtp_side_hmac_sha1 = {
    create, destroy, set_key, finish, update, start, "HMAC-SHA1 of libcrypto", &test, SRTP_HMAC_SHA1};
