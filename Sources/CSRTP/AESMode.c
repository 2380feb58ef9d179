// What both modes of AES have: making and destroying.
#include "Internal.h"

#include <openssl/crypto.h>
#include <stdlib.h>

srtp_err_status_t srtp_side_aes_create(
    srtp_cipher_t **result, int key_size, int salt_size, int tag_size, const srtp_cipher_type_t *short_key,
    const srtp_cipher_type_t *long_key) {
    if (key_size != 16 && key_size != 32) return srtp_err_status_bad_param;
    srtp_cipher_t *cipher = calloc(1, sizeof *cipher);
    struct aes_mode *state = calloc(1, sizeof *state);
    if (cipher) cipher->state = state;
    if (state) state->aes = EVP_CIPHER_CTX_new();
    if (!cipher || !state || !state->aes) {
        free(cipher);
        free(state);
        return srtp_err_status_alloc_fail;
    }
    state->key_size = key_size;
    state->tag_size = tag_size;
    cipher->type = key_size == 16 ? short_key : long_key;
    cipher->algorithm = (int)cipher->type->id;
    cipher->key_len = key_size + salt_size;
    *result = cipher;
    return srtp_err_status_ok;
}

srtp_err_status_t srtp_side_aes_destroy(srtp_cipher_t *cipher) {
    struct aes_mode *state = cipher->state;
    EVP_CIPHER_CTX_free(state->aes);
    OPENSSL_cleanse(state, sizeof *state);
    free(state);
    free(cipher);
    return srtp_err_status_ok;
}
