/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A block of pcapng is its type, its length, a body of whole words, and the
 * length again. The body is put together in memory first.
 */
#include "runtime/pcapng.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/scope.h"

/* Blocks and options by their numbers in the draft, 4.1 to 4.3. */
#define BLOCK_SECTION 0x0a0d0d0au
#define BLOCK_INTERFACE 1u
#define BLOCK_PACKET 6u
#define BYTE_ORDER_MAGIC 0x1a2b3c4du
#define OPT_COMMENT 1
#define SHB_USERAPPL 4
#define IF_NAME 2
#define IF_TSRESOL 9
#define EPB_FLAGS 2
#define EPB_VERDICT 7
#define EPB_INBOUND 1u
#define VERDICT_BY_XDP 2
#define LINK_ETHERNET 1

/* A longer text would not fit into the length of an option. */
#define COMMENT_MAX 32768

static void put16(FILE *body, uint16_t n)
{
	fwrite(&n, sizeof(n), 1, body);
}

static void put32(FILE *body, uint32_t n)
{
	fwrite(&n, sizeof(n), 1, body);
}

/* The bytes, and zeros up to a whole word. */
static void put_padded(FILE *body, const void *data, size_t len)
{
	static const char zeros[4];

	fwrite(data, 1, len, body);
	fwrite(zeros, 1, -len & 3, body);
}

static void put_option(FILE *body, uint16_t code, const void *data, size_t len)
{
	put16(body, code);
	put16(body, (uint16_t)len);
	put_padded(body, data, len);
}

static void put_text(FILE *body, uint16_t code, const char *text)
{
	put_option(body, code, text, strnlen(text, COMMENT_MAX));
}

static void end_options(FILE *body)
{
	put32(body, 0);
}

/* Ends @body, a memory stream over *text and *len, and writes the block. */
static int write_block(FILE *out, uint32_t type, FILE *body, char **text,
		       const size_t *len)
{
	bool is_whole = !ferror(body);

	if (fclose(body) || !is_whole)
		return -ENOMEM;

	uint32_t head[2] = { type, (uint32_t)*len + 12 };

	if (fwrite(head, sizeof(head), 1, out) != 1 ||
	    fwrite(*text, 1, *len, out) != *len ||
	    fwrite(&head[1], sizeof(head[1]), 1, out) != 1 || fflush(out))
		return errno ? -errno : -EIO;
	return 0;
}

int tz_pcapng_begin(FILE *out, const char *application)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	FILE *body = open_memstream(&text, &len);

	if (!body)
		return -ENOMEM;
	put32(body, BYTE_ORDER_MAGIC);
	put16(body, 1); /* version 1.0 */
	put16(body, 0);
	put32(body, UINT32_MAX); /* the section's length: not known */
	put32(body, UINT32_MAX);
	put_text(body, SHB_USERAPPL, application);
	end_options(body);
	return write_block(out, BLOCK_SECTION, body, &text, &len);
}

int tz_pcapng_interface(FILE *out, const char *ifname, uint32_t snaplen)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	FILE *body = open_memstream(&text, &len);
	const uint8_t nanoseconds = 9;

	if (!body)
		return -ENOMEM;
	put16(body, LINK_ETHERNET);
	put16(body, 0);
	put32(body, snaplen);
	put_text(body, IF_NAME, ifname);
	put_option(body, IF_TSRESOL, &nanoseconds, sizeof(nanoseconds));
	end_options(body);
	return write_block(out, BLOCK_INTERFACE, body, &text, &len);
}

int tz_pcapng_packet(FILE *out, const struct tz_pcapng_packet *packet)
{
	_cleanup_free_ char *text = NULL;
	size_t len;
	FILE *body = open_memstream(&text, &len);
	const uint32_t flags = EPB_INBOUND;
	const uint64_t action = packet->xdp_verdict;
	uint8_t verdict[1 + sizeof(action)] = { VERDICT_BY_XDP };

	if (!body)
		return -ENOMEM;
	memcpy(verdict + 1, &action, sizeof(action));
	put32(body, packet->interface);
	put32(body, (uint32_t)(packet->time_ns >> 32));
	put32(body, (uint32_t)packet->time_ns);
	put32(body, packet->captured);
	put32(body, packet->len);
	put_padded(body, packet->data, packet->captured);
	for (size_t i = 0; i < packet->n_comments; i++)
		put_text(body, OPT_COMMENT, packet->comments[i]);
	put_option(body, EPB_FLAGS, &flags, sizeof(flags));
	put_option(body, EPB_VERDICT, verdict, sizeof(verdict));
	end_options(body);
	return write_block(out, BLOCK_PACKET, body, &text, &len);
}
