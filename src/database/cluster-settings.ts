// The settings of the embedded PostgreSQL: durable before all, small, reachable by nobody from outside, silent on data.

/**
 * Files of the data folder and their text.
 *
 * The log keeps no statement, parameter or error of a statement (`log_min_messages = log`, terse): those can hold
 * personal data, and the hub that caused them gets them as answers. On macOS only `fsync_writethrough` reaches the disk.
 * Source: PostgreSQL 15, chapters 20 and 21.
 */
export function serverSettings(platform: string): Readonly<Record<string, string>> {
  return {
    'postgresql.conf': `# Written at every start by src/database/cluster-settings.ts.
listen_addresses = ''
unix_socket_permissions = 0700
password_encryption = 'scram-sha-256'
max_connections = 200
superuser_reserved_connections = 3

fsync = on
synchronous_commit = on
full_page_writes = on
${platform === 'darwin' ? "wal_sync_method = 'fsync_writethrough'\n" : ''}
shared_buffers = 128MB
effective_cache_size = 512MB
work_mem = 8MB
maintenance_work_mem = 64MB
min_wal_size = 64MB
max_wal_size = 512MB
max_worker_processes = 4
max_parallel_workers_per_gather = 0
random_page_cost = 1.1
jit = off
autovacuum_naptime = 10s

update_process_title = on
log_destination = 'stderr'
logging_collector = off
log_line_prefix = '%m [%p] '
log_min_messages = log
log_min_error_statement = panic
log_error_verbosity = terse
log_checkpoints = off
log_statement = 'none'

timezone = 'UTC'
log_timezone = 'UTC'
datestyle = 'iso, ymd'
lc_messages = 'C'
lc_monetary = 'C'
lc_numeric = 'C'
lc_time = 'C'
default_text_search_config = 'pg_catalog.simple'
`,
    'pg_hba.conf':
      '# Written at every start by src/database/cluster-settings.ts.\nlocal all all scram-sha-256\n',
  };
}
