// OpenSSL's TLS (libssl), and by functions what it has as macros only.
#pragma once
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

// Least and greatest version of the protocol, such as TLS1_2_VERSION; 1 when it is known. 0 sets no bound.
static inline int copenssl_set_versions(SSL_CTX *context, int least, int greatest) {
    return (int)(SSL_CTX_set_min_proto_version(context, least) && SSL_CTX_set_max_proto_version(context, greatest));
}

// No session is kept for later, and what a connection does not need at the moment is given back.
static inline void copenssl_spare_memory(SSL_CTX *context) {
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
}

// Adds to the chain that is sent, and takes the certificate over; 1 when done.
static inline int copenssl_add_chain(SSL_CTX *context, X509 *certificate) {
    return (int)SSL_CTX_add_extra_chain_cert(context, certificate);
}

// The name that is asked for (RFC 6066 §3); 1 when done.
static inline int copenssl_set_server_name(SSL *session, const char *name) {
    return (int)SSL_set_tlsext_host_name(session, name);
}

static inline int copenssl_name_count(const GENERAL_NAMES *names) { return names ? sk_GENERAL_NAME_num(names) : 0; }

// The kind of one alternative name (GEN_DNS, GEN_URI, GEN_IPADD, or another without bytes), and its bytes.
static inline int copenssl_name(const GENERAL_NAMES *names, int index, const unsigned char **bytes, int *count) {
    const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
    const ASN1_STRING *text = NULL;
    *bytes = NULL;
    *count = 0;
    if (!name) return -1;
    if (name->type == GEN_DNS) text = name->d.dNSName;
    if (name->type == GEN_URI) text = name->d.uniformResourceIdentifier;
    if (name->type == GEN_IPADD) text = name->d.iPAddress;
    if (text) {
        *bytes = ASN1_STRING_get0_data(text);
        *count = ASN1_STRING_length(text);
    }
    return name->type;
}

// A password for a key is never asked for: nobody sits at a daemon.
static inline int copenssl_no_password(char *buffer, int size, int writing, void *user) {
    (void)buffer, (void)size, (void)writing, (void)user;
    return 0;
}

static inline EVP_PKEY *copenssl_read_key(BIO *bio) { return PEM_read_bio_PrivateKey(bio, NULL, copenssl_no_password, NULL); }
static inline X509 *copenssl_read_certificate(BIO *bio) { return PEM_read_bio_X509(bio, NULL, copenssl_no_password, NULL); }
