/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A change of several devices that was killed between two of them. There is no
 * journal but the pins: every generation of such a change carries the same
 * word in its metadata, and all are pinned before the first is put in force.
 */
#pragma once

#include "runtime/pin.h"

#define TZ_JOURNAL_WORD_LEN 17

/* A word that no other change has. */
int tz_journal_word(char word[TZ_JOURNAL_WORD_LEN]);
/*
 * Where a generation waits whose change is in force on another device: puts it
 * in force too, if its device has rules, and else takes that change off the
 * others, as an attach that failed would have.
 */
void tz_journal_finish(const struct tz_pins *pins, struct tamiz_notes *notes);
