-- Reports in formats that other tools exchange findings in.

ALTER TABLE report DROP CONSTRAINT report_format_check;
ALTER TABLE report ADD CONSTRAINT report_format_check
  CHECK (format IN ('JSON', 'CSV', 'JSONL', 'PARQUET', 'SARIF', 'CYCLONEDX', 'OPENVEX'));
