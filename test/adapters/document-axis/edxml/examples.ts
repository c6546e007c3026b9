// The synthetic examples of document-axis.md §1.8 and §2.1, as they stand there. Invented people and units only.

/** §1.8: a new document with one raw attachment of 15 bytes. */
export const documentExample = `<?xml version="1.0" encoding="UTF-8"?>
<edXML xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2016">
  <edXML:edXMLEnvelope xmlns:edXML="http://www.mic.gov.vn/TBT/QCVN_102_2016">
    <edXML:edXMLHeader>
      <edXML:MessageHeader>
        <edXML:From>
          <edXML:OrganId>000.00.01.H99</edXML:OrganId>
          <edXML:OrganName>Văn phòng Thử nghiệm</edXML:OrganName>
          <edXML:Email>vanphong@example.invalid</edXML:Email>
        </edXML:From>
        <edXML:To>
          <edXML:OrganId>000.00.02.H99</edXML:OrganId>
          <edXML:OrganName>Sở Thử nghiệm</edXML:OrganName>
        </edXML:To>
        <edXML:To>
          <edXML:OrganId>H99.03</edXML:OrganId>
          <edXML:OrganName>Xã Thử nghiệm</edXML:OrganName>
        </edXML:To>
        <edXML:DocumentId>000.00.01.H99,2025/11/20,12/VP-TH</edXML:DocumentId>
        <edXML:Code>
          <edXML:CodeNumber>12</edXML:CodeNumber>
          <edXML:CodeNotation>VP-TH</edXML:CodeNotation>
        </edXML:Code>
        <edXML:PromulgationInfo>
          <edXML:Place>Đà Lạt</edXML:Place>
          <edXML:PromulgationDate>2025/11/20</edXML:PromulgationDate>
        </edXML:PromulgationInfo>
        <edXML:DocumentType>
          <edXML:Type>18</edXML:Type>
          <edXML:TypeDetail>0</edXML:TypeDetail>
          <edXML:TypeName>Công văn</edXML:TypeName>
        </edXML:DocumentType>
        <edXML:Subject>V/v thử nghiệm liên thông</edXML:Subject>
        <edXML:Content>V/v thử nghiệm liên thông</edXML:Content>
        <edXML:SignerInfo>
          <edXML:Competence>KT.</edXML:Competence>
          <edXML:Position>Phó Chánh Văn phòng</edXML:Position>
          <edXML:FullName>Nguyễn Văn Thử</edXML:FullName>
        </edXML:SignerInfo>
        <edXML:DueDate>2025/12/01</edXML:DueDate>
        <edXML:OtherInfo>
          <edXML:Priority>0</edXML:Priority>
          <edXML:PromulgationAmount>1</edXML:PromulgationAmount>
          <edXML:PageAmount>1</edXML:PageAmount>
          <edXML:Direction>false</edXML:Direction>
        </edXML:OtherInfo>
        <edXML:SteeringType>0</edXML:SteeringType>
        <edXML:ToPlaces>
          <edXML:Place>Như trên</edXML:Place>
          <edXML:Place>Lưu VT</edXML:Place>
        </edXML:ToPlaces>
      </edXML:MessageHeader>
      <edXML:TraceHeaderList>
        <edXML:TraceHeader>
          <edXML:OrganId>000.00.01.H99</edXML:OrganId>
          <edXML:Timestamp>2025/11/20 14:15:30</edXML:Timestamp>
        </edXML:TraceHeader>
        <edXML:Bussiness>
          <edXML:BussinessDocType>0</edXML:BussinessDocType>
          <edXML:BussinessDocReason>Văn bản mới</edXML:BussinessDocReason>
          <edXML:Paper>0</edXML:Paper>
          <edXML:StaffInfo>
            <edXML:Department>Phòng Thử nghiệm</edXML:Department>
            <edXML:Staff>Trần Thị Mẫu</edXML:Staff>
          </edXML:StaffInfo>
        </edXML:Bussiness>
      </edXML:TraceHeaderList>
    </edXML:edXMLHeader>
    <edXML:edXMLBody>
      <edXML:edXMLManifest version="1.0">
        <edXML:Reference>
          <edXML:ContentId>cid:att-0001</edXML:ContentId>
          <edXML:ContentType>application/pdf</edXML:ContentType>
          <edXML:Description>Văn bản chính</edXML:Description>
          <edXML:AttachmentName>12-VP-TH.pdf</edXML:AttachmentName>
        </edXML:Reference>
      </edXML:edXMLManifest>
    </edXML:edXMLBody>
  </edXML:edXMLEnvelope>
  <AttachmentEncoded>
    <Attachment>
      <ContentId>cid:att-0001</ContentId>
      <AttachmentName>12-VP-TH.pdf</AttachmentName>
      <Description>Văn bản chính</Description>
      <ContentType>application/pdf</ContentType>
      <edXML:ContentTransferEncoded xmlns:edXML="http://www.mic.gov.vn/TBT/QCVN_102_2016">JVBERi0xLjQKJSVFT0YK</edXML:ContentTransferEncoded>
    </Attachment>
  </AttachmentEncoded>
</edXML>`;

/** §2.1: receiver H99.03 reports 03 to issuer 000.00.01.H99. */
export const statusExample = `<?xml version="1.0" encoding="UTF-8"?>
<edXML xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2016">
  <edXML:edXMLEnvelope xmlns:edXML="http://www.mic.gov.vn/TBT/QCVN_102_2016">
    <edXML:edXMLHeader>
      <edXML:MessageHeader>
        <edXML:From>
          <edXML:OrganId>H99.03</edXML:OrganId>
          <edXML:OrganName>Xã Thử nghiệm</edXML:OrganName>
        </edXML:From>
        <edXML:ResponseFor>
          <edXML:OrganId>000.00.01.H99</edXML:OrganId>
          <edXML:Code>12/VP-TH</edXML:Code>
          <edXML:DocumentId>000.00.01.H99,2025/11/20,12/VP-TH</edXML:DocumentId>
          <edXML:PromulgationDate>2025/11/20</edXML:PromulgationDate>
        </edXML:ResponseFor>
        <edXML:StaffInfo>
          <edXML:Department>Văn thư</edXML:Department>
          <edXML:Staff>Lê Thị Mẫu</edXML:Staff>
        </edXML:StaffInfo>
        <edXML:StatusCode>03</edXML:StatusCode>
        <edXML:Description>Đã tiếp nhận</edXML:Description>
        <edXML:Timestamp>2025/11/20 15:00:00</edXML:Timestamp>
      </edXML:MessageHeader>
    </edXML:edXMLHeader>
  </edXML:edXMLEnvelope>
</edXML>`;
