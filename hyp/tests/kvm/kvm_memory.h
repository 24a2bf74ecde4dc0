/* SPDX-License-Identifier: GPL-2.0-only */
#pragma once

/* Pages that a protected guest gives up and takes back. */
void test_memory(void);

/* Resets of vCPUs, and their registers as the VMM sees them. */
void test_registers(void);

/* Slots that change while a vCPU uses them. */
void test_slots(void);
