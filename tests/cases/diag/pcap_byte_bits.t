% pcap en10mb
byte 8 & 5
byte 8 | 5
ip and byte 8 & 5
byte 8 = 5
----
expression:1:1: warning: tcpdump reads no byte here: this matches no packet; write 'link[8] & 5 != 0' [never-matches]
  byte 8 & 5
  ^~~~~~~~~~
expression:1:1: warning: tcpdump reads no byte here: this matches every packet; write 'link[8] | 5 != 0' [never-matches]
  byte 8 | 5
  ^~~~~~~~~~
expression:1:8: error: tcpdump reads no byte here, but takes the number that the test before had; write 'link[8] & 5 != 0' [syntax]
  ip and byte 8 & 5
         ^~~~~~~~~~
