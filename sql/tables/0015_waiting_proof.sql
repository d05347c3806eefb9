-- Where phones are proven, who asks for an earlier time is asked for nothing and offered nothing until the code sent to that phone is said;
-- what is not said by then is forgotten. The code stands in queue.phone_proof, under the waiting_id.
alter table queue.waiting add column held_until timestamptz;
