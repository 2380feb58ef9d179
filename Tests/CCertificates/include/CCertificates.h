// Certificates made while a test runs, so that none in the repository can expire.
#pragma once

struct ccertificate {
    const char *common_name;  // null for none
    const char *alternative_names;  // as openssl.cnf writes them, such as "DNS:a,URI:sip:b,IP:127.0.0.1"; null for none
    long valid_from, valid_to;  // in seconds from now
    int is_authority;
    const char *issuer_certificate, *issuer_key;  // PEM; null signs it by itself
};

// Makes a certificate and its key as PEM texts that the caller frees; 1 when done.
int ccertificate_make(const struct ccertificate *wish, char **certificate, char **key);
