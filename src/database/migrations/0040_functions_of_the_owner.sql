-- Functions of the owner's right are for the triggers that are here, which ask nobody for it. Whoever may make a table of their
-- own could set them on it, and give them rows of their own.
REVOKE ALL ON FUNCTION apply_beneficiary_change(), move_payment(), follow_payment_change(), forget_fingerprint() FROM PUBLIC;
