/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Flags of the test `socket` (compiler/model/test.def). Plain C. */
#ifndef TAMIZ_SOCK_H
#define TAMIZ_SOCK_H

#define TZ_SOCKET_NOWILDCARD 1u
#define TZ_SOCKET_TRANSPARENT 2u
#define TZ_SOCKET_IS_RAW 4u /* in the raw table, before connections are known \
			     */

#endif
