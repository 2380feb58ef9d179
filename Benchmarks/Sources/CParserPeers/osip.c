#include "CParserPeers.h"

#include <osipparser2/osip_message.h>
#include <osipparser2/osip_parser.h>
#include <stdlib.h>
#include <string.h>

static uint32_t length_of(const char *text)
{
	return text ? (uint32_t)strlen(text) : 0;
}

static uint32_t number(const char *text)
{
	return text ? (uint32_t)strtoul(text, NULL, 10) : 0;
}

static uint32_t ports_of(osip_list_t *addresses)
{
	uint32_t sum = 0;
	for (int i = 0; i < osip_list_size(addresses); i++) {
		const osip_from_t *address = osip_list_get(addresses, i);
		if (address && address->url)
			sum += number(address->url->port);
	}
	return sum;
}

static uint32_t tag_of(osip_from_t *address)
{
	osip_uri_param_t *tag = NULL;
	osip_from_get_tag(address, &tag);
	return tag ? length_of(tag->gvalue) : 0;
}

static uint32_t named(const osip_message_t *sip, const char *name)
{
	osip_header_t *header = NULL;
	osip_message_header_get_byname(sip, name, 0, &header);
	return header ? number(header->hvalue) : 0;
}

static void sum_up(osip_message_t *sip, peer_summary *out)
{
	osip_uri_param_t *branch = NULL;
	osip_body_t *body = osip_list_get(&sip->bodies, 0);
	memset(out, 0, sizeof *out);
	out->vias = (uint32_t)osip_list_size(&sip->vias);
	out->contacts = (uint32_t)osip_list_size(&sip->contacts);
	out->routes = (uint32_t)(osip_list_size(&sip->routes) + osip_list_size(&sip->record_routes));
	out->authorizations = (uint32_t)osip_list_size(&sip->authorizations);
	out->status = (uint32_t)sip->status_code;
	out->cseq = number(sip->cseq->number);
	out->max_forwards = named(sip, "max-forwards");
	out->expires = named(sip, "expires");
	out->body_length = body ? (uint32_t)body->length : 0;
	out->ports = ports_of(&sip->contacts) + ports_of(&sip->routes) + ports_of(&sip->record_routes) +
		     number(sip->from->url->port) + number(sip->to->url->port) + (sip->req_uri ? number(sip->req_uri->port) : 0);
	out->texts = length_of(sip->from->url->username) + length_of(sip->from->url->host) + length_of(sip->to->url->username) +
		     length_of(sip->to->url->host) + tag_of(sip->from) + tag_of(sip->to) + length_of(sip->call_id->number) +
		     (sip->call_id->host ? 1 + length_of(sip->call_id->host) : 0);
	osip_via_param_get_byname((osip_via_t *)osip_list_get(&sip->vias, 0), "branch", &branch);
	out->texts += branch ? length_of(branch->gvalue) : 0;
	for (int i = 0; i < osip_list_size(&sip->authorizations); i++) {
		const osip_authorization_t *auth = osip_list_get(&sip->authorizations, i);
		out->texts += length_of(auth->nonce) - 2; /* its quotes */
	}
}

int osip_parse(const uint8_t *bytes, size_t length, unsigned iterations, peer_summary *summary)
{
	static int is_ready;
	int error = 0;
	if (!is_ready) {
		parser_init();
		is_ready = 1;
	}
	for (unsigned i = 0; i < iterations; i++) {
		osip_message_t *sip = NULL;
		osip_message_init(&sip);
		if (osip_message_parse(sip, (const char *)bytes, length) != 0 || !sip->from || !sip->to || !sip->cseq || !sip->call_id)
			error = 1;
		else if (i + 1 == iterations)
			sum_up(sip, summary);
		osip_message_free(sip);
	}
	return error;
}
