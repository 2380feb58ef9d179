// The ciphers that take the place of libsrtp2's own.
#pragma once
#include <srtp2/auth.h>
#include <srtp2/cipher.h>
#include <srtp2/srtp.h>

extern const srtp_cipher_type_t srtp_side_aes_cm_128, srtp_side_aes_cm_256, srtp_side_aes_gcm_128, srtp_side_aes_gcm_256;
extern const srtp_auth_type_t srtp_side_hmac_sha1;
