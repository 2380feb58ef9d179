#include "CCertificates.h"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

static char *text_of(BIO *bio) {
    char *bytes = NULL;
    long count = BIO_get_mem_data(bio, &bytes);
    char *text = calloc(1, (size_t)count + 1);
    if (text) memcpy(text, bytes, (size_t)count);
    BIO_free(bio);
    return text;
}

static int add_extension(X509 *certificate, X509 *issuer, int kind, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
    if (!extension) return 0;
    int done = X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    return done;
}

int ccertificate_make(const struct ccertificate *wish, char **certificate_text, char **key_text) {
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    X509 *issuer = certificate;
    EVP_PKEY *issuer_key = key;
    int done = 0;
    if (!key || !certificate) goto end;
    if (wish->issuer_certificate) {
        BIO *bio = BIO_new_mem_buf(wish->issuer_certificate, -1);
        issuer = PEM_read_bio_X509(bio, NULL, NULL, NULL);
        BIO_free(bio);
        bio = BIO_new_mem_buf(wish->issuer_key, -1);
        issuer_key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
        BIO_free(bio);
        if (!issuer || !issuer_key) goto end;
    }
    unsigned char serial[8];
    RAND_bytes(serial, sizeof serial);
    serial[0] &= 0x7F;
    BIGNUM *number = BN_bin2bn(serial, sizeof serial, NULL);
    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
    BN_free(number);
    X509_set_version(certificate, 2);
    X509_gmtime_adj(X509_getm_notBefore(certificate), wish->valid_from);
    X509_gmtime_adj(X509_getm_notAfter(certificate), wish->valid_to);
    X509_set_pubkey(certificate, key);
    X509_NAME *name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const unsigned char *)"Test", -1, -1, 0);
    if (wish->common_name)
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)wish->common_name, -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
    if (!add_extension(certificate, issuer, NID_basic_constraints, wish->is_authority ? "critical,CA:TRUE" : "CA:FALSE")) goto end;
    if (wish->alternative_names && !add_extension(certificate, issuer, NID_subject_alt_name, wish->alternative_names)) goto end;
    if (!X509_sign(certificate, issuer_key, EVP_sha256())) goto end;
    BIO *bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, certificate);
    *certificate_text = text_of(bio);
    bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
    *key_text = text_of(bio);
    done = *certificate_text && *key_text;
end:
    if (issuer != certificate) X509_free(issuer);
    if (issuer_key != key) EVP_PKEY_free(issuer_key);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return done;
}
