#include "CParserPeers.h"

#include <re.h>
#include <string.h>

static uint32_t length_of(const struct pl *text)
{
	return (uint32_t)text->l;
}

/* libre decodes the first Via, From, To, CSeq and Content-Type by itself; the rest is asked for as baresip does. */
static int sum_up(const struct sip_msg *msg, peer_summary *out)
{
	struct le *le;
	int error = 0;
	memset(out, 0, sizeof *out);
	for (le = msg->hdrl.head; le; le = le->next) {
		const struct sip_hdr *header = le->data;
		struct sip_addr address;
		struct sip_via via;
		struct httpauth_digest_resp auth;
		switch (header->id) {
		case SIP_HDR_VIA:
			if (out->vias++ > 0)
				error |= sip_via_decode(&via, &header->val);
			break;
		case SIP_HDR_CONTACT:
			error |= sip_addr_decode(&address, &header->val);
			out->contacts++;
			out->ports += address.uri.port;
			break;
		case SIP_HDR_ROUTE:
		case SIP_HDR_RECORD_ROUTE:
			error |= sip_addr_decode(&address, &header->val);
			out->routes++;
			out->ports += address.uri.port;
			break;
		case SIP_HDR_AUTHORIZATION:
			error |= httpauth_digest_response_decode(&auth, &header->val);
			out->authorizations++;
			out->texts += length_of(&auth.nonce);
			break;
		default:
			break;
		}
	}
	out->status = msg->req ? 0 : msg->scode;
	out->cseq = msg->cseq.num;
	out->max_forwards = pl_isset(&msg->maxfwd) ? pl_u32(&msg->maxfwd) : 0;
	out->expires = pl_isset(&msg->expires) ? pl_u32(&msg->expires) : 0;
	out->body_length = pl_isset(&msg->clen) ? pl_u32(&msg->clen) : 0;
	out->ports += (msg->req ? msg->uri.port : 0) + msg->from.uri.port + msg->to.uri.port;
	out->texts += length_of(&msg->from.uri.user) + length_of(&msg->from.uri.host) + length_of(&msg->to.uri.user) +
		      length_of(&msg->to.uri.host) + length_of(&msg->from.tag) + length_of(&msg->to.tag) + length_of(&msg->callid) +
		      length_of(&msg->via.branch);
	return error;
}

int re_parse(const uint8_t *bytes, size_t length, unsigned iterations, peer_summary *summary)
{
	int error = 0;
	struct mbuf *mb = mbuf_alloc(length);
	mbuf_write_mem(mb, bytes, length);
	for (unsigned i = 0; i < iterations; i++) {
		struct sip_msg *msg = NULL;
		mb->pos = 0;
		if (sip_msg_decode(&msg, mb) || sum_up(msg, summary))
			error = 1;
		mem_deref(msg);
	}
	mem_deref(mb);
	return error;
}
