% pcap en10mb
tcp and 80
tcp port 80 and len > 5 or 22
(port 22) or 25
port (22 or 23) or 24
----
expression:1:9: error: what is this? The term before has no 'host', 'net', 'port' or 'proto' that could be meant here, too [syntax]
  tcp and 80
          ^~
expression:1:28: error: what is this? The term before has no 'host', 'net', 'port' or 'proto' that could be meant here, too [syntax]
  tcp port 80 and len > 5 or 22
                             ^~
expression:1:14: error: what is this? The term before has no 'host', 'net', 'port' or 'proto' that could be meant here, too [syntax]
  (port 22) or 25
               ^~
