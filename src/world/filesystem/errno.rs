//! The error numbers that system calls end with, and their texts.

/// Why a system call failed. `Display` is the C library's text (`strerror`), as glibc and musl print it for English.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Errno {
    #[error("Operation not permitted")]
    EPERM,
    #[error("No such file or directory")]
    ENOENT,
    #[error("No such process")]
    ESRCH,
    #[error("Input/output error")]
    EIO,
    #[error("Argument list too long")]
    E2BIG,
    #[error("Exec format error")]
    ENOEXEC,
    #[error("Bad file descriptor")]
    EBADF,
    #[error("No child processes")]
    ECHILD,
    #[error("Resource temporarily unavailable")]
    EAGAIN,
    #[error("Cannot allocate memory")]
    ENOMEM,
    #[error("Permission denied")]
    EACCES,
    #[error("Device or resource busy")]
    EBUSY,
    #[error("File exists")]
    EEXIST,
    #[error("Invalid cross-device link")]
    EXDEV,
    #[error("No such device or address")]
    ENXIO,
    #[error("No such device")]
    ENODEV,
    #[error("Not a directory")]
    ENOTDIR,
    #[error("Is a directory")]
    EISDIR,
    #[error("Invalid argument")]
    EINVAL,
    #[error("Too many open files")]
    EMFILE,
    #[error("Inappropriate ioctl for device")]
    ENOTTY,
    #[error("File too large")]
    EFBIG,
    #[error("No space left on device")]
    ENOSPC,
    #[error("Read-only file system")]
    EROFS,
    #[error("Broken pipe")]
    EPIPE,
    #[error("File name too long")]
    ENAMETOOLONG,
    #[error("Function not implemented")]
    ENOSYS,
    #[error("Directory not empty")]
    ENOTEMPTY,
    #[error("Too many levels of symbolic links")]
    ELOOP,
    #[error("Address already in use")]
    EADDRINUSE,
    #[error("Network is unreachable")]
    ENETUNREACH,
    #[error("Connection reset by peer")]
    ECONNRESET,
    #[error("Connection timed out")]
    ETIMEDOUT,
    #[error("Connection refused")]
    ECONNREFUSED,
    #[error("No route to host")]
    EHOSTUNREACH,
}
