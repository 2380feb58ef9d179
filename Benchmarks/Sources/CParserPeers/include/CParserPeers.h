#ifndef C_PARSER_PEERS_H
#define C_PARSER_PEERS_H

#include <stddef.h>
#include <stdint.h>

/* What a parser made of a message: the same of all, or they did not do the same work. */
typedef struct {
	uint32_t vias;
	uint32_t contacts;
	uint32_t routes;         /* Route and Record-Route */
	uint32_t authorizations; /* Authorization and Proxy-Authorization */
	uint32_t status;         /* 0 for a request */
	uint32_t cseq;
	uint32_t max_forwards;
	uint32_t expires;
	uint32_t body_length;
	uint32_t ports;          /* the sum of the ports in the request's URI, From, To, Contact, Route and Record-Route */
	uint32_t texts;          /* the sum of the lengths of user and host of From and To, both tags, Call-ID, top branch, nonce */
} peer_summary;

/* Each parses the message `iterations` times, frees it each time, and returns 0, or an error of the last one. */
int sofia_parse(const uint8_t *bytes, size_t length, unsigned iterations, peer_summary *summary);
int osip_parse(const uint8_t *bytes, size_t length, unsigned iterations, peer_summary *summary);
int re_parse(const uint8_t *bytes, size_t length, unsigned iterations, peer_summary *summary);

#endif
