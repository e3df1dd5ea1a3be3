/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words of matches that compare a field, as iptables 1.8.9 reads them; as in
 * value.h a word is read, or it is not.
 */
#pragma once

#include "sema/sema.h"

/* N[/MASK], or a symbol, which leaves the ECN bits out. */
bool tz_value_tos(const char *s, uint8_t *value, uint8_t *mask);
/* BE, EF, CSx or AFxx. */
bool tz_value_dscp_class(const char *s, uint8_t *dscp);
/* Of <linux/if_packet.h>: 0 to 3. */
bool tz_value_packet_type(const char *s, unsigned int *type);
const char *tz_value_packet_type_name(unsigned int type);
/* A list of types: bit n of @types is type n. */
bool tz_value_dccp_types(const char *s, uint16_t *types);
/* The name of a DCCP type; NULL beyond the last. */
const char *tz_value_dccp_type_name(unsigned int type);
/* A fraction of 0 to 1, in 31 bits: xt_statistic compares with that. */
bool tz_value_chance(const char *s, uint32_t *chance);
