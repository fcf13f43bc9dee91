// A disk that forgets what was not synced, for tests. Preloaded into a server, this library writes down
// what every write, truncation and creation in one folder replaces, and which of it an fsync made
// safe. After the process was killed, PowerLoss.java undoes what was never synced: the worst that a
// power failure may do to a file system that keeps its word.
//
//   POWERLOSS_FOLDER  the folder, absolute and without links
//   POWERLOSS_JOURNAL the file to append to
//
// A record: kind (1 byte), length of path (LE32), offset, size of the file before, length of the old
// content (LE64 each), path, old content.
//   W  write at offset, over the old content     T  truncation to offset, old content is the tail
//   C  creation of the file                      S  sync of the file      D  sync of a folder
//
// Not covered: renames, deletions and memory maps. SQLite in WAL mode needs none of these to last.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static const char *folder;
static size_t folder_length;
static int journal = -1;

static void prepare(void) {
  const char *path = getenv("POWERLOSS_JOURNAL");
  folder = getenv("POWERLOSS_FOLDER");
  if (path && folder) {
    folder_length = strlen(folder);
    journal = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  }
}

// The path of an open file below the folder, or 0.
static int watched(int fd, char *path) {
  char link[40];
  pthread_once(&once, prepare);
  if (journal < 0 || fd == journal) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  if (strncmp(path, folder, folder_length)) return 0;
  if (path[folder_length] != '/' && path[folder_length] != 0) return 0;
  size_t end = strlen(path);
  return end < 4 || strcmp(path + end - 4, "-shm"); // rebuilt from the log at every start
}

static void enter(char kind, const char *path, int64_t offset, int64_t size, const void *old, int64_t length) {
  struct __attribute__((packed)) { char kind; uint32_t path; int64_t offset, size, length; } head =
      {kind, (uint32_t)strlen(path), offset, size, length};
  struct iovec parts[3] = {{&head, sizeof head}, {(void *)path, head.path}, {(void *)old, (size_t)length}};
  size_t whole = sizeof head + head.path + (size_t)length;
  if (syscall(SYS_writev, journal, parts, 3) != (ssize_t)whole) abort(); // a gap would be taken for safety
}

// Enters what [offset, offset + length) holds now.
static void enter_range(char kind, int fd, const char *path, int64_t offset, int64_t length) {
  struct stat state;
  if (fstat(fd, &state)) abort();
  int64_t old = kind == 'T' ? state.st_size - offset : length;
  if (offset + old > state.st_size) old = state.st_size - offset;
  if (old < 0) old = 0;
  char *content = malloc((size_t)old + 1);
  int reader = -1;
  if (old > 0) { // the file may be open for writing only
    reader = syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    if (reader < 0 || syscall(SYS_pread64, reader, content, (size_t)old, offset) != old) abort();
    syscall(SYS_close, reader);
  }
  enter(kind, path, offset, state.st_size, content, old);
  free(content);
}

ssize_t pwrite64(int fd, const void *data, size_t count, off64_t offset) {
  char path[PATH_MAX];
  if (!watched(fd, path)) return syscall(SYS_pwrite64, fd, data, count, offset);
  pthread_mutex_lock(&turn);
  enter_range('W', fd, path, offset, (int64_t)count);
  ssize_t written = syscall(SYS_pwrite64, fd, data, count, offset);
  pthread_mutex_unlock(&turn);
  return written;
}
ssize_t pwrite(int fd, const void *data, size_t count, off_t offset) { return pwrite64(fd, data, count, offset); }

ssize_t write(int fd, const void *data, size_t count) {
  char path[PATH_MAX];
  if (!watched(fd, path)) return syscall(SYS_write, fd, data, count);
  pthread_mutex_lock(&turn);
  struct stat state;
  int appending = fcntl(fd, F_GETFL) & O_APPEND;
  int64_t offset = appending && !fstat(fd, &state) ? state.st_size : lseek(fd, 0, SEEK_CUR);
  enter_range('W', fd, path, offset, (int64_t)count);
  ssize_t written = syscall(SYS_write, fd, data, count);
  pthread_mutex_unlock(&turn);
  return written;
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
  char path[PATH_MAX];
  if (!watched(fd, path)) return syscall(SYS_writev, fd, parts, count);
  ssize_t sum = 0;
  for (int i = 0; i < count; i++) {
    ssize_t written = write(fd, parts[i].iov_base, parts[i].iov_len);
    if (written < 0) return sum ? sum : written;
    sum += written;
    if ((size_t)written < parts[i].iov_len) break;
  }
  return sum;
}

int ftruncate64(int fd, off64_t length) {
  char path[PATH_MAX];
  if (!watched(fd, path)) return syscall(SYS_ftruncate, fd, length);
  pthread_mutex_lock(&turn);
  enter_range('T', fd, path, length, 0);
  int result = syscall(SYS_ftruncate, fd, length);
  pthread_mutex_unlock(&turn);
  return result;
}
int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

static int sync_with(long call, int fd) {
  char path[PATH_MAX];
  int is_watched = watched(fd, path);
  if (!is_watched) return syscall(call, fd);
  pthread_mutex_lock(&turn); // what is written meanwhile must not count as synced
  int result = syscall(call, fd);
  struct stat state;
  if (!result && !fstat(fd, &state)) enter(S_ISDIR(state.st_mode) ? 'D' : 'S', path, 0, state.st_size, "", 0);
  pthread_mutex_unlock(&turn);
  return result;
}
int fsync(int fd) { return sync_with(SYS_fsync, fd); }
int fdatasync(int fd) { return sync_with(SYS_fdatasync, fd); }

static int open_with(int at, const char *name, int flags, mode_t mode) {
  struct stat state;
  pthread_once(&once, prepare);
  int is_new = (flags & O_CREAT) && fstatat(at, name, &state, AT_SYMLINK_NOFOLLOW);
  int truncates = flags & O_TRUNC;
  int fd = syscall(SYS_openat, at, name, flags & ~(is_new ? 0 : O_TRUNC), mode);
  char path[PATH_MAX];
  if (fd < 0) return fd;
  if (is_new && watched(fd, path)) {
    pthread_mutex_lock(&turn);
    enter('C', path, 0, 0, "", 0);
    pthread_mutex_unlock(&turn);
  } else if (truncates && ftruncate64(fd, 0)) {
    // As open would: a device can't be truncated.
  }
  return fd;
}
#define MODE(flags) \
  mode_t mode = 0; \
  if ((flags) & (O_CREAT | __O_TMPFILE)) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); }
int open64(const char *name, int flags, ...) { MODE(flags) return open_with(AT_FDCWD, name, flags | O_LARGEFILE, mode); }
int open(const char *name, int flags, ...) { MODE(flags) return open_with(AT_FDCWD, name, flags, mode); }
int openat64(int at, const char *name, int flags, ...) { MODE(flags) return open_with(at, name, flags | O_LARGEFILE, mode); }
int openat(int at, const char *name, int flags, ...) { MODE(flags) return open_with(at, name, flags, mode); }
