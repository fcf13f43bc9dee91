package dev.keyhold.iam;

import dev.keyhold.key.DomainId;
import dev.keyhold.key.ProjectId;
import java.util.List;
import java.util.Optional;

/// Where domains, projects, users and access keys are kept. Each call takes part in the transaction
/// around it ([dev.keyhold.key.Transactions#write]) or makes one of its own. An acknowledged change
/// is durable.
///
/// Every row is under a MAC ([IdentityMac]): a call that meets an altered one throws
/// [AlteredIdentityException].
///
/// Names and access key ids are compared byte for byte: [Name] has seen to spellings.
public interface IamRepository {
  /// Whether there is no domain yet: the database is new.
  boolean isEmpty();

  Optional<Domain> domain(DomainId id);

  Optional<Domain> domain(Name name);

  Optional<Project> project(ProjectId id);

  Optional<Project> project(DomainId domain, Name name);

  /// All projects of a domain, in order of their names.
  List<Project> projects(DomainId domain);

  Optional<User> user(UserId id);

  Optional<User> user(DomainId domain, Name name);

  Optional<AccessKey> accessKey(AccessKeyId id);

  /// All access keys of a user, the oldest first.
  List<AccessKey> accessKeys(UserId user);

  /// @throws dev.keyhold.error.KmsException.Rejected `IamError.CONFLICT` when the name is taken
  void insert(Domain domain);

  /// @throws dev.keyhold.error.KmsException.Rejected `IamError.CONFLICT` when the domain has a
  ///   project of that name
  void insert(Project project);

  /// @throws dev.keyhold.error.KmsException.Rejected `IamError.CONFLICT` when the domain has a user
  ///   of that name
  void insert(User user);

  /// An id that exists already is a bug: ids are random.
  void insert(AccessKey accessKey);

  /// Sees to it that until the end of the transaction around this nobody else changes the user or
  /// their access keys: for a change that depends on a look at them. What was read before this may
  /// be out of date.
  void hold(UserId user);

  /// Replaces the password and adds 1 to the user's credential epoch.
  ///
  /// @return false when there is no such user
  boolean updatePassword(UserId user, PasswordHash password);

  /// Disables the user and adds 1 to their credential epoch, so that their tokens stay dead should
  /// they be enabled again.
  ///
  /// @return false when there is no such user
  boolean disableUser(UserId user);

  /// Disables the access key and adds 1 to its user's credential epoch.
  ///
  /// @return false when there is no such access key
  boolean disableAccessKey(AccessKeyId id);

  /// Replaces whether the access key may sign and its description; its user's credential epoch
  /// stays.
  ///
  /// @return false when there is no such access key
  boolean update(AccessKey accessKey);

  /// Deletes the access key and adds 1 to its user's credential epoch.
  ///
  /// @return false when there is no such access key
  boolean deleteAccessKey(AccessKeyId id);
}
