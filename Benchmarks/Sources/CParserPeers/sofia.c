#include "CParserPeers.h"

#include <sofia-sip/msg.h>
#include <sofia-sip/msg_addr.h>
#include <sofia-sip/sip.h>
#include <sofia-sip/sip_header.h>
#include <sofia-sip/sip_protos.h>
#include <stdlib.h>
#include <string.h>

static uint32_t length_of(const char *text)
{
	return text ? (uint32_t)strlen(text) : 0;
}

static uint32_t port_of(const url_t *url)
{
	return url->url_port ? (uint32_t)strtoul(url->url_port, NULL, 10) : 0;
}

static void sum_up(const sip_t *sip, peer_summary *out)
{
	memset(out, 0, sizeof *out);
	for (const sip_via_t *via = sip->sip_via; via; via = via->v_next)
		out->vias++;
	for (const sip_contact_t *contact = sip->sip_contact; contact; contact = contact->m_next) {
		out->contacts++;
		out->ports += port_of(contact->m_url);
	}
	for (const sip_route_t *route = sip->sip_route; route; route = route->r_next) {
		out->routes++;
		out->ports += port_of(route->r_url);
	}
	for (const sip_record_route_t *route = sip->sip_record_route; route; route = route->r_next) {
		out->routes++;
		out->ports += port_of(route->r_url);
	}
	if (sip->sip_request)
		out->ports += port_of(sip->sip_request->rq_url);
	if (sip->sip_status)
		out->status = (uint32_t)sip->sip_status->st_status;
	out->ports += port_of(sip->sip_from->a_url) + port_of(sip->sip_to->a_url);
	out->cseq = sip->sip_cseq->cs_seq;
	if (sip->sip_max_forwards)
		out->max_forwards = (uint32_t)sip->sip_max_forwards->mf_count;
	if (sip->sip_expires)
		out->expires = (uint32_t)sip->sip_expires->ex_delta;
	if (sip->sip_payload)
		out->body_length = (uint32_t)sip->sip_payload->pl_len;
	out->texts = length_of(sip->sip_from->a_url->url_user) + length_of(sip->sip_from->a_url->url_host) +
		     length_of(sip->sip_to->a_url->url_user) + length_of(sip->sip_to->a_url->url_host) +
		     length_of(sip->sip_from->a_tag) + length_of(sip->sip_to->a_tag) +
		     length_of(sip->sip_call_id->i_id) + length_of(sip->sip_via->v_branch);
	for (const sip_authorization_t *auth = sip->sip_authorization; auth; auth = auth->au_next) {
		const char *nonce = msg_params_find(auth->au_params, "nonce=");
		out->authorizations++;
		out->texts += length_of(nonce) - 2; /* its quotes */
	}
}

int sofia_parse(const uint8_t *bytes, size_t length, unsigned iterations, peer_summary *summary)
{
	int error = 0;
	for (unsigned i = 0; i < iterations; i++) {
		/* Receives the bytes into a message and extracts all its headers. */
		msg_t *msg = msg_make(sip_default_mclass(), 0, bytes, (ssize_t)length);
		const sip_t *sip = msg ? sip_object(msg) : NULL;
		if (!sip || !sip->sip_from || !sip->sip_to || !sip->sip_via || !sip->sip_call_id || !sip->sip_cseq || sip->sip_error)
			error = 1;
		else if (i + 1 == iterations)
			sum_up(sip, summary);
		msg_destroy(msg);
	}
	return error;
}
