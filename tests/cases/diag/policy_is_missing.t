*filter
-P INPUT
COMMIT
----
rules:2:1: error: -P takes a chain and a policy, ACCEPT or DROP [policy]
  -P INPUT
  ^~~~~~~~
