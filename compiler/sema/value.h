/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words read as values, exactly as iptables 1.8.9 reads them (octal and hex
 * numbers, short addresses, names of /etc/services and /etc/protocols). No
 * diagnostics here: a word is read, or it is not. Out-parameters are written
 * only on success.
 */
#pragma once

#include "sema/sema.h"

/* Decimal, 0x hexadecimal or 0 octal; the whole of [s, end). */
bool tz_value_number(const char *s, const char *end, uint64_t max,
		     uint64_t *value);
/*
 * A port, by number or name. @protocol is "tcp", ..., or NULL: then the number
 * is decimal, as getaddrinfo reads it, and the service is of any protocol.
 */
bool tz_value_port(struct tz_sema *sema, const char *s, const char *end,
		   const char *protocol, uint16_t *port);
bool tz_value_address(enum tz_family family, const char *s, const char *end,
		      tz_value *value);
/* Behind the slash: a prefix length or a mask. */
bool tz_value_mask(enum tz_family family, const char *s, const char *end,
		   tz_value *mask);
/* "all" is 0. Letters of either case. */
bool tz_value_protocol(struct tz_sema *sema, const char *s, uint8_t *proto);
/* As iptables-save prints it: a name if there is one. */
const char *tz_value_protocol_name(struct tz_sema *sema, uint8_t proto);
/* A list of TCP flags; on failure *bad is the one that is none. */
bool tz_value_tcp_flags(struct tz_arena *arena, const char *s, uint8_t *flags,
			const char **bad);
bool tz_value_mac(const char *s, uint64_t *mac);
/* As inet_ntop: the text of an address. */
const char *tz_value_address_text(struct tz_arena *arena, enum tz_family family,
				  tz_value value);

/* A number of 0-7 or a name, all small, as LOG takes them. */
bool tz_value_log_level(const char *s, unsigned int *level);
/* The kind of REJECT that @s names or begins; NULL: none. */
const char *tz_value_reject_type(enum tz_family family, const char *s);
/* The names of these kinds; NULL beyond the last. */
const char *tz_value_reject_name(enum tz_family family, size_t i);
/* What the kind @name, in full, tells the sender: TZ_ANSWER_* of abi.h. */
unsigned int tz_value_reject_answer(enum tz_family family, const char *name);

/* The name of a TCP flag, from the lowest bit; NULL beyond. */
const char *tz_value_tcp_flag_name(unsigned int bit);
