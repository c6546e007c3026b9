-- A service can be revoked as everything else that administrators register: for good.
ALTER TABLE service DROP CONSTRAINT service_state_check;
ALTER TABLE service ADD CONSTRAINT service_state_check CHECK (state IN ('active', 'off', 'revoked'));
CREATE TRIGGER refuse_return_of_revoked BEFORE UPDATE OF state ON service FOR EACH ROW
  WHEN (OLD.state = 'revoked' AND NEW.state <> 'revoked') EXECUTE FUNCTION refuse_return_of_revoked();
