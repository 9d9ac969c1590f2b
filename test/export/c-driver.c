/* Exercises the generated C of a network on an array as memory and on made-up registers.
 * SPDX-License-Identifier: Apache-2.0
 *
 * infer                      memory on standard input -> memory after gen_accel_infer, exit status: the result
 * write N                    memory, then the elements of tensor N -> memory
 * read N                     memory -> elements of tensor N
 * softmax ROW M SHIFT MIN    elements -> elements
 * check ID VERSION HASH BASE -> result
 * program BEFORE AFTER IRQ   STATUS before the start and after, what wait_interrupt returns -> register writes, result
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen_accel_registers.h"
#include NETWORK_HEADER

#define BASE 0x12345000u

static unsigned char memory[1 << 20];
static uint32_t registers[1024];
static uint32_t status_after;
static int interrupt_result;

static uint32_t read_register(void *context, uint32_t offset) {
  (void)context;
  return registers[offset / 4];
}

static void write_register(void *context, uint32_t offset, uint32_t value) {
  (void)context;
  printf("%02x=%x ", (unsigned)offset, (unsigned)value);
  if (offset == GEN_ACCEL_REG_CONTROL) registers[GEN_ACCEL_REG_STATUS / 4] = status_after;
}

static void write_memory(void *context, uint64_t address, const void *data, uint32_t bytes) {
  (void)context;
  if (address < BASE || address - BASE + bytes > sizeof memory) exit(99);
  memcpy(memory + (address - BASE), data, bytes);
}

static void read_memory(void *context, uint64_t address, void *data, uint32_t bytes) {
  (void)context;
  if (address < BASE || address - BASE + bytes > sizeof memory) exit(99);
  memcpy(data, memory + (address - BASE), bytes);
}

static int wait_interrupt(void *context) {
  (void)context;
  return interrupt_result;
}

static uint32_t number(const char *text) { return (uint32_t)strtoul(text, NULL, 0); }

int main(int argc, char **argv) {
  static int8_t scratch[1 << 16], elements[1 << 16], output[1 << 16];
  const gen_accel_network *network = &NETWORK;
  gen_accel_port port = {
    NULL, read_register, write_register, write_memory, read_memory, wait_interrupt, NULL, BASE, scratch, sizeof scratch
  };
  const char *command = argc > 1 ? argv[1] : "";
  size_t got;
  if (strcmp(command, "softmax") == 0) {
    got = fread(elements, 1, sizeof elements, stdin);
    gen_accel_softmax(elements, output, (uint32_t)got, number(argv[2]), (int32_t)number(argv[3]), (int32_t)number(argv[4]), atoi(argv[5]));
    fwrite(output, 1, got, stdout);
    return 0;
  }
  if (strcmp(command, "check") == 0) {
    registers[GEN_ACCEL_REG_ID / 4] = number(argv[2]);
    registers[GEN_ACCEL_REG_VERSION / 4] = number(argv[3]);
    registers[GEN_ACCEL_REG_CONFIG_HASH / 4] = number(argv[4]);
    port.base = number(argv[5]);
    printf("%d", (int)gen_accel_check(&port, network));
    return 0;
  }
  if (strcmp(command, "program") == 0) {
    registers[GEN_ACCEL_REG_STATUS / 4] = number(argv[2]);
    status_after = number(argv[3]);
    interrupt_result = atoi(argv[4]);
    printf("%d", (int)gen_accel_run_program(&port, 0x1c0));
    return 0;
  }
  if (fread(memory, 1, network->image_bytes, stdin) != network->image_bytes) return 98;
  if (strcmp(command, "infer") == 0) {
    gen_accel_result result;
    if (argc > 2) port.scratch_bytes = number(argv[2]);
    result = gen_accel_infer(&port, network);
    fwrite(memory, 1, network->image_bytes, stdout);
    return (int)result;
  }
  if (strcmp(command, "write") == 0) {
    const gen_accel_tensor *tensor = &network->tensors[number(argv[2])];
    if (fread(elements, 1, sizeof elements, stdin) != gen_accel_elements(tensor)) return 97;
    gen_accel_write_tensor(&port, tensor, elements);
    fwrite(memory, 1, network->image_bytes, stdout);
    return 0;
  }
  if (strcmp(command, "read") == 0) {
    const gen_accel_tensor *tensor = &network->tensors[number(argv[2])];
    gen_accel_read_tensor(&port, tensor, elements);
    fwrite(elements, 1, gen_accel_elements(tensor), stdout);
    return 0;
  }
  return 96;
}
