*filter
:a-name-of-twenty-nine-bytes-x - [0:0]
COMMIT
----
rules:2:2: error: a chain's name has 1 to 28 bytes, no blank, and does not begin with '-' or '!' [chain-name]
  :a-name-of-twenty-nine-bytes-x - [0:0]
   ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~
