// Faults that come and go while a server runs, for tests. Preloaded into it, this library does to the
// wall clock and to one folder what a small file says, which the test maps too:
//
//   FAULTS_CONTROL the file: two LE64 numbers
//     0  what the wall clock is wrong by, in nanoseconds; the monotonic clock is left alone
//     8  the disk: 0 sound, 1 writes and syncs hang, 2 writes find no room, 3 syncs fail, 4 writes fail,
//        5 writes at a place beyond the first 80 KiB of a file hang
//   FAULTS_FOLDER  whose disk that is: absolute and without links
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { SOUND, HANGS, IS_FULL, FAILS_SYNC, FAILS_WRITE, HANGS_LATER };

enum { LATER = 80 * 1024 };

static pthread_once_t once = PTHREAD_ONCE_INIT;
static volatile int64_t *control;
static const char *folder;
static size_t folder_length;

static void prepare(void) {
  const char *path = getenv("FAULTS_CONTROL");
  folder = getenv("FAULTS_FOLDER");
  if (!path) return;
  folder_length = folder ? strlen(folder) : 0;
  int fd = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0) abort();
  void *mapped = mmap(0, 16, PROT_READ, MAP_SHARED, fd, 0);
  syscall(SYS_close, fd);
  if (mapped == MAP_FAILED) abort();
  control = mapped;
}

static int64_t clock_error(void) {
  pthread_once(&once, prepare);
  return control ? control[0] : 0;
}

int clock_gettime(clockid_t which, struct timespec *time) {
  int result = syscall(SYS_clock_gettime, which, time);
  if (!result && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) {
    int64_t nanos = time->tv_sec * 1000000000LL + time->tv_nsec + clock_error();
    time->tv_sec = nanos / 1000000000LL;
    time->tv_nsec = nanos % 1000000000LL;
  }
  return result;
}

int gettimeofday(struct timeval *time, void *zone) {
  (void)zone;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out) *out = now.tv_sec;
  return now.tv_sec;
}

static int64_t disk(int fd) {
  pthread_once(&once, prepare);
  if (!control || control[1] == SOUND || !folder) return SOUND;
  char link[40], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  if (length <= 0) return SOUND;
  path[length] = 0;
  int below = !strncmp(path, folder, folder_length) && (path[folder_length] == '/' || !path[folder_length]);
  return below ? control[1] : SOUND;
}

// What a write or a sync of the file has to do: nothing, or fail with this.
static int fault(int fd, int is_sync, off_t end) {
  int64_t is = disk(fd);
  while (is == HANGS || (is == HANGS_LATER && end > LATER)) {
    struct timespec pause = {0, 5000000};
    syscall(SYS_nanosleep, &pause, 0);
    is = disk(fd);
  }
  if (is == IS_FULL && !is_sync) return ENOSPC;
  if ((is == FAILS_SYNC && is_sync) || (is == FAILS_WRITE && !is_sync)) return EIO;
  return 0;
}
#define FAULT(fd, is_sync, end) \
  int failed = fault(fd, is_sync, end); \
  if (failed) { errno = failed; return -1; }

ssize_t write(int fd, const void *data, size_t count) { FAULT(fd, 0, 0) return syscall(SYS_write, fd, data, count); }
ssize_t pwrite64(int fd, const void *data, size_t count, off64_t offset) {
  FAULT(fd, 0, offset + (off64_t)count)
  ssize_t written = syscall(SYS_pwrite64, fd, data, count, offset);
  if (disk(fd) == FAILS_SYNC && (fcntl(fd, F_GETFL) & O_DSYNC)) { // was to be durable when it returns
    errno = EIO;
    return -1;
  }
  return written;
}
ssize_t pwrite(int fd, const void *data, size_t count, off_t offset) { return pwrite64(fd, data, count, offset); }
int fsync(int fd) { FAULT(fd, 1, 0) return syscall(SYS_fsync, fd); }
int fdatasync(int fd) { FAULT(fd, 1, 0) return syscall(SYS_fdatasync, fd); }
