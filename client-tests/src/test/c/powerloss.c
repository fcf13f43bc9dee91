// A disk that forgets what was not synced, for tests. Preloaded into a server, this library writes down
// what every write and truncation in one folder replaces, every name that comes and goes there, and
// which of it an fsync made safe. After the process was killed, PowerLoss.java undoes what was never
// synced: the worst that a power failure may do to a file system that keeps its word. The content of a
// file is safe by a sync of the file, a name by a sync of the folder that it is in, and neither by the
// other.
//
//   POWERLOSS_FOLDER  the folder, absolute and without links
//   POWERLOSS_JOURNAL the file to append to
//   POWERLOSS_KEPT    a folder of the same file system: under their numbers, the files that lost a name
//
// A record: kind (1 byte), length of path (LE32), inode, offset, size of the file before, length of the
// old content (LE64 each), path, old content.
//   W  write at offset, over the old content     T  truncation to offset, old content is the tail
//   S  sync of the file                          D  sync of the folder
//   R  sync of what was written at offset, by the write itself; the size of the file is that of the range
//   N  a name changes: a file is made, linked, renamed or removed. Inode is whose it was, 0 for none
//   M  a folder is made
//
// Not covered: memory maps, files without a name, and folders renamed or removed. Keyhold has none of these.
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
static const char *kept;
static int journal = -1;

static void prepare(void) {
  const char *path = getenv("POWERLOSS_JOURNAL");
  folder = getenv("POWERLOSS_FOLDER");
  kept = getenv("POWERLOSS_KEPT");
  if (path && folder && kept) {
    folder_length = strlen(folder);
    journal = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  }
}

// Whether the path is below the folder, or is the folder.
static int below(const char *path) {
  if (strncmp(path, folder, folder_length)) return 0;
  if (path[folder_length] != '/' && path[folder_length] != 0) return 0;
  size_t end = strlen(path);
  return end < 4 || strcmp(path + end - 4, "-shm"); // rebuilt from the log at every start
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
  return below(path);
}

static void enter(char kind, const char *path, ino_t inode, int64_t offset, int64_t size, const void *old, int64_t length) {
  struct __attribute__((packed)) { char kind; uint32_t path; int64_t inode, offset, size, length; } head =
      {kind, (uint32_t)strlen(path), (int64_t)inode, offset, size, length};
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
    char link[40];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    reader = syscall(SYS_openat, AT_FDCWD, link, O_RDONLY | O_CLOEXEC, 0);
    if (reader < 0 || syscall(SYS_pread64, reader, content, (size_t)old, offset) != old) abort();
    syscall(SYS_close, reader);
  }
  enter(kind, path, state.st_ino, offset, state.st_size, content, old);
  free(content);
}

ssize_t pwrite64(int fd, const void *data, size_t count, off64_t offset) {
  char path[PATH_MAX];
  if (!watched(fd, path)) return syscall(SYS_pwrite64, fd, data, count, offset);
  pthread_mutex_lock(&turn);
  enter_range('W', fd, path, offset, (int64_t)count);
  ssize_t written = syscall(SYS_pwrite64, fd, data, count, offset);
  struct stat state;
  if (written == (ssize_t)count && (fcntl(fd, F_GETFL) & O_DSYNC) && !fstat(fd, &state))
    enter('R', path, state.st_ino, offset, written, "", 0);
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
  if (!result && !fstat(fd, &state)) enter(S_ISDIR(state.st_mode) ? 'D' : 'S', path, state.st_ino, 0, state.st_size, "", 0);
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
    enter('N', path, 0, 0, 0, "", 0);
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

// What changes names is entered before it is done: taking back what was not done, changes nothing.

// The path that a name of a system call is, and the inode there (0 for none). 0 if it is not watched.
static int named(int at, const char *name, char *path, ino_t *inode) {
  char parent[PATH_MAX], copy[PATH_MAX];
  struct stat state;
  pthread_once(&once, prepare);
  if (journal < 0 || strlen(name) >= sizeof copy) return 0;
  if (at != AT_FDCWD && name[0] != '/') { // below an open folder
    char link[40];
    snprintf(link, sizeof link, "/proc/self/fd/%d", at);
    ssize_t length = readlink(link, parent, sizeof parent - 1);
    if (length <= 0) return 0;
    parent[length] = 0;
    if (snprintf(path, PATH_MAX, "%s/%s", parent, name) >= PATH_MAX) return 0;
  } else { // the folder may be reached by links, the name itself is what is meant
    strcpy(copy, name);
    char *slash = strrchr(copy, '/');
    if (slash) *slash = 0;
    if (!realpath(slash ? (slash == copy ? "/" : copy) : ".", parent)) return 0;
    if (snprintf(path, PATH_MAX, "%s/%s", parent, slash ? slash + 1 : copy) >= PATH_MAX) return 0;
  }
  if (!below(path)) return 0;
  *inode = fstatat(AT_FDCWD, path, &state, AT_SYMLINK_NOFOLLOW) ? 0 : state.st_ino;
  if (*inode && S_ISDIR(state.st_mode)) abort(); // not covered
  return 1;
}

// Whatever loses a name may get it back, and its number must not become another's meanwhile.
static void keep(const char *path, ino_t inode) {
  char name[PATH_MAX];
  struct stat state;
  if (!inode) return;
  snprintf(name, sizeof name, "%s/%llu", kept, (unsigned long long)inode);
  if (syscall(SYS_linkat, AT_FDCWD, path, AT_FDCWD, name, 0) && stat(name, &state)) abort();
}

static int unlink_with(int at, const char *name, int flags) {
  char path[PATH_MAX];
  ino_t inode;
  if ((flags & AT_REMOVEDIR) || !named(at, name, path, &inode)) return syscall(SYS_unlinkat, at, name, flags);
  pthread_mutex_lock(&turn);
  keep(path, inode);
  enter('N', path, inode, 0, 0, "", 0);
  int result = syscall(SYS_unlinkat, at, name, flags);
  pthread_mutex_unlock(&turn);
  return result;
}
int unlink(const char *name) { return unlink_with(AT_FDCWD, name, 0); }
int unlinkat(int at, const char *name, int flags) { return unlink_with(at, name, flags); }
int remove(const char *name) {
  struct stat state;
  int is_folder = !lstat(name, &state) && S_ISDIR(state.st_mode);
  return unlink_with(AT_FDCWD, name, is_folder ? AT_REMOVEDIR : 0);
}

int renameat(int from_at, const char *from, int to_at, const char *to) {
  char from_path[PATH_MAX], to_path[PATH_MAX];
  ino_t inode, replaced;
  if (!named(from_at, from, from_path, &inode) || !named(to_at, to, to_path, &replaced))
    return syscall(SYS_renameat2, from_at, from, to_at, to, 0);
  pthread_mutex_lock(&turn);
  keep(from_path, inode);
  keep(to_path, replaced);
  enter('N', to_path, replaced, 0, 0, "", 0);
  enter('N', from_path, inode, 0, 0, "", 0);
  int result = syscall(SYS_renameat2, from_at, from, to_at, to, 0);
  pthread_mutex_unlock(&turn);
  return result;
}
int rename(const char *from, const char *to) { return renameat(AT_FDCWD, from, AT_FDCWD, to); }

int linkat(int from_at, const char *from, int to_at, const char *to, int flags) {
  char from_path[PATH_MAX], to_path[PATH_MAX];
  ino_t inode, there;
  if (!named(from_at, from, from_path, &inode) || !named(to_at, to, to_path, &there))
    return syscall(SYS_linkat, from_at, from, to_at, to, flags);
  pthread_mutex_lock(&turn);
  keep(to_path, there); // then it fails
  enter('N', to_path, there, 0, 0, "", 0);
  int result = syscall(SYS_linkat, from_at, from, to_at, to, flags);
  pthread_mutex_unlock(&turn);
  return result;
}
int link(const char *from, const char *to) { return linkat(AT_FDCWD, from, AT_FDCWD, to, 0); }

int mkdirat(int at, const char *name, mode_t mode) {
  int result = syscall(SYS_mkdirat, at, name, mode);
  char path[PATH_MAX];
  pthread_once(&once, prepare);
  if (result || journal < 0 || at != AT_FDCWD) return result; // below an open folder none is made
  if (realpath(name, path) && below(path)) {
    pthread_mutex_lock(&turn);
    enter('M', path, 0, 0, 0, "", 0);
    pthread_mutex_unlock(&turn);
  }
  return result;
}
int mkdir(const char *name, mode_t mode) { return mkdirat(AT_FDCWD, name, mode); }
