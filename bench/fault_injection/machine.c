/* Faults of a machine, for every program started with LD_PRELOAD of this library: a wrong clock and a slow disk.

   LOA_MACHINE_FAULTS names a file of two 64-bit integers, shared by all: seconds that the clock is ahead, and
   milliseconds that each sync of a file takes longer. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

struct faults { volatile int64_t ahead_s, sync_ms; };
static struct faults none;
static struct faults *now = &none;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("LOA_MACHINE_FAULTS");
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (file < 0) return;
  void *found = mmap(0, sizeof none, PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (found != MAP_FAILED) now = found;
}

int clock_gettime(clockid_t kind, struct timespec *at) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  int result = real(kind, at);
  if (!result && (kind == CLOCK_REALTIME || kind == CLOCK_REALTIME_COARSE)) at->tv_sec += now->ahead_s;
  return result;
}

int gettimeofday(struct timeval *at, void *zone) {
  struct timespec found;
  (void)zone;
  if (clock_gettime(CLOCK_REALTIME, &found)) return -1;
  at->tv_sec = found.tv_sec;
  at->tv_usec = found.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *at) {
  struct timespec found;
  if (clock_gettime(CLOCK_REALTIME, &found)) return -1;
  if (at) *at = found.tv_sec;
  return found.tv_sec;
}

/* In short naps: a thread that waits for a disk is in state D, and is not taken for one that is stuck. */
static void wait_for_disk(void) {
  for (int64_t left_ms = now->sync_ms; left_ms > 0; left_ms -= 20) usleep(20000);
}

int fsync(int file) { wait_for_disk(); return (int)syscall(SYS_fsync, file); }
int fdatasync(int file) { wait_for_disk(); return (int)syscall(SYS_fdatasync, file); }
