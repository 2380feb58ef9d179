#include "CSRTP.h"

#include "Internal.h"
#include <openssl/crypto.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/// How far behind the newest a packet may come: 2.5 s of sound.
#define REPLAY_WINDOW 128
/// Sources that one key may be used by on the way in: each costs memory, and whoever has the key could name millions.
#define MAXIMUM_SOURCES 16

struct srtp_side {
    srtp_t session;
    bool has_mki;
    int source_count;
    uint32_t sources[MAXIMUM_SOURCES];
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool is_ready;

static void ignore(srtp_log_level_t level, const char *message, void *data) {
    (void)level;
    (void)message;
    (void)data;
}

static void prepare(void) {
    if (srtp_init() != srtp_err_status_ok) return;
    srtp_install_log_handler(ignore, NULL);
    const srtp_cipher_type_t *ciphers[] = {
        &srtp_side_aes_cm_128, &srtp_side_aes_cm_256, &srtp_side_aes_gcm_128, &srtp_side_aes_gcm_256};
    for (size_t index = 0; index < sizeof ciphers / sizeof *ciphers; index++) {
        if (srtp_replace_cipher_type(ciphers[index], ciphers[index]->id) != srtp_err_status_ok) return;
    }
    is_ready = srtp_replace_auth_type(&srtp_side_hmac_sha1, SRTP_HMAC_SHA1) == srtp_err_status_ok;
}

bool srtp_side_prepare(void) {
    pthread_once(&once, prepare);
    return is_ready;
}

/// Fills the policy in; the size that master key and salt must have, 0 for an unknown suite.
static size_t choose(enum srtp_suite suite, srtp_policy_t *policy) {
    switch (suite) {
    case srtp_suite_aes_cm_128_hmac_sha1_80:
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy->rtp);
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy->rtcp);
        return SRTP_AES_ICM_128_KEY_LEN_WSALT;
    case srtp_suite_aes_cm_128_hmac_sha1_32:
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy->rtp);
        // RFC 4568 §6.2.2: RTCP keeps the long tag.
        srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy->rtcp);
        return SRTP_AES_ICM_128_KEY_LEN_WSALT;
    case srtp_suite_aes_256_cm_hmac_sha1_80:
        srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy->rtp);
        srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy->rtcp);
        return SRTP_AES_ICM_256_KEY_LEN_WSALT;
    case srtp_suite_aead_aes_128_gcm:
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy->rtp);
        srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy->rtcp);
        return SRTP_AES_GCM_128_KEY_LEN_WSALT;
    case srtp_suite_aead_aes_256_gcm:
        srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy->rtp);
        srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy->rtcp);
        return SRTP_AES_GCM_256_KEY_LEN_WSALT;
    }
    return 0;
}

static struct srtp_side *create(
    enum srtp_suite suite, srtp_ssrc_t source, const uint8_t *key, size_t key_size, const uint8_t *mki, size_t mki_size) {
    srtp_policy_t policy = {0};
    if (!srtp_side_prepare() || choose(suite, &policy) != key_size || mki_size > SRTP_SIDE_MAXIMUM_MKI) return NULL;
    struct srtp_side *side = calloc(1, sizeof *side);
    if (!side) return NULL;
    uint8_t key_copy[SRTP_MAX_KEY_LEN], mki_copy[SRTP_SIDE_MAXIMUM_MKI];
    memcpy(key_copy, key, key_size);
    if (mki_size > 0) memcpy(mki_copy, mki, mki_size);
    srtp_master_key_t master = {key_copy, mki_copy, (unsigned int)mki_size};
    srtp_master_key_t *masters[] = {&master};
    policy.ssrc = source;
    policy.window_size = REPLAY_WINDOW;
    if (mki_size > 0) {
        side->has_mki = true;
        policy.keys = masters;
        policy.num_master_keys = 1;
    } else {
        policy.key = key_copy;
    }
    srtp_err_status_t status = srtp_create(&side->session, &policy);
    OPENSSL_cleanse(key_copy, sizeof key_copy);
    if (status == srtp_err_status_ok) return side;
    free(side);
    return NULL;
}

struct srtp_side *srtp_side_create_sender(enum srtp_suite suite, const uint8_t *key, size_t key_size, uint32_t ssrc) {
    return create(suite, (srtp_ssrc_t){ssrc_specific, ssrc}, key, key_size, NULL, 0);
}

struct srtp_side *srtp_side_create_receiver(
    enum srtp_suite suite, const uint8_t *key, size_t key_size, const uint8_t *mki, size_t mki_size) {
    return create(suite, (srtp_ssrc_t){ssrc_any_inbound, 0}, key, key_size, mki, mki_size);
}

void srtp_side_destroy(struct srtp_side *side) {
    if (!side) return;
    srtp_dealloc(side->session);
    free(side);
}

static enum srtp_verdict verdict(srtp_err_status_t status) {
    switch (status) {
    case srtp_err_status_ok: return srtp_verdict_good;
    case srtp_err_status_auth_fail:
    case srtp_err_status_cipher_fail:
    case srtp_err_status_bad_mki: return srtp_verdict_forged;
    case srtp_err_status_replay_fail:
    case srtp_err_status_replay_old:
    case srtp_err_status_pkt_idx_old: return srtp_verdict_replayed;
    default: return srtp_verdict_unusable;
    }
}

enum srtp_verdict srtp_side_protect(struct srtp_side *side, uint8_t *packet, int *size, bool control) {
    return verdict(control ? srtp_protect_rtcp(side->session, packet, size) : srtp_protect(side->session, packet, size));
}

static uint32_t source(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

enum srtp_verdict srtp_side_unprotect(struct srtp_side *side, uint8_t *packet, int *size, bool control) {
    // Header and, for RTCP, the index: less is none, and the library trusts its caller with this.
    if (*size < 12) return srtp_verdict_unusable;
    uint32_t name = source(packet + (control ? 4 : 8));
    bool is_known = false;
    for (int index = 0; index < side->source_count; index++) is_known |= side->sources[index] == name;
    if (!is_known && side->source_count == MAXIMUM_SOURCES) return srtp_verdict_unusable;
    srtp_err_status_t status = control ? srtp_unprotect_rtcp_mki(side->session, packet, size, side->has_mki)
                                       : srtp_unprotect_mki(side->session, packet, size, side->has_mki);
    if (status == srtp_err_status_ok && !is_known) side->sources[side->source_count++] = name;
    return verdict(status);
}
