// Words of the invented procedures: real fields of administration, and the verbs and objects that names are composed of.

/** A field of administration and what is done in it. */
export interface FieldWords {
  readonly code: string;
  readonly name: string;
  /** MANGANH. */
  readonly branch: string;
  readonly agency: string;
  readonly verbs: readonly string[];
  readonly objects: readonly string[];
}

/** What is done, by the name that a row gives. */
const verbSets: Readonly<Record<string, string>> = {
  licence:
    'Cấp mới; Cấp lại; Gia hạn; Cấp điều chỉnh; Cấp đổi; Thu hồi; Tạm đình chỉ; Cấp bản sao; Chấp thuận chuyển nhượng',
  dossier:
    'Thẩm định; Thẩm định điều chỉnh; Phê duyệt; Phê duyệt điều chỉnh; Chấp thuận; Công bố; Công bố lại; Hủy bỏ; Xác nhận hoàn thành',
  register:
    'Đăng ký; Đăng ký lại; Đăng ký thay đổi nội dung; Đăng ký tạm ngừng; Đăng ký chấm dứt; Xóa đăng ký; Đính chính nội dung; Cung cấp thông tin về; Cấp bản sao',
  support:
    'Xét hưởng; Điều chỉnh; Thôi hưởng; Di chuyển; Giải quyết khiếu nại về; Chi trả; Truy lĩnh; Xác nhận; Tạm dừng',
  civil: 'Đăng ký; Đăng ký lại; Đăng ký lưu động; Ghi vào Sổ hộ tịch việc; Cấp bản sao trích lục; Hủy bỏ',
  certify:
    'Chứng thực; Sửa đổi, bổ sung chứng thực; Hủy bỏ chứng thực; Sửa lỗi sai sót trong chứng thực; Cấp bản sao chứng thực',
  diploma: 'Cấp bản sao; Chỉnh sửa nội dung; Công nhận; Cấp lại; Xác minh; Thu hồi',
  consular: 'Cấp; Gia hạn; Cấp lại; Cho phép; Hủy giá trị sử dụng',
  complaint: 'Tiếp nhận; Giải quyết; Rút; Xử lý; Công khai kết quả',
};

/** `name | branch | agency | verbs | objects`; the place of a row in the list is part of its field's code. */
const rows: readonly string[] = [
  'Hộ tịch | G15 | Ủy ban nhân dân cấp xã | civil | khai sinh; kết hôn; khai tử; nhận cha, mẹ, con; giám hộ; chấm dứt giám hộ; thay đổi, cải chính hộ tịch; khai sinh có yếu tố nước ngoài; kết hôn có yếu tố nước ngoài; xác nhận tình trạng hôn nhân',
  'Chứng thực | G15 | Ủy ban nhân dân cấp xã | certify | bản sao từ bản chính; chữ ký; chữ ký người dịch; hợp đồng, giao dịch về tài sản là động sản; hợp đồng về quyền sử dụng đất; hợp đồng về nhà ở; di chúc; văn bản từ chối nhận di sản; văn bản thỏa thuận phân chia di sản',
  'Công chứng | G15 | Sở Tư pháp | licence | thẻ công chứng viên; quyết định thành lập văn phòng công chứng; giấy đăng ký hoạt động văn phòng công chứng; quyết định bổ nhiệm công chứng viên; quyết định hợp nhất văn phòng công chứng',
  'Luật sư | G15 | Sở Tư pháp | licence | giấy đăng ký hoạt động tổ chức hành nghề luật sư; giấy đăng ký hành nghề luật sư với tư cách cá nhân; chứng chỉ hành nghề luật sư; giấy phép chi nhánh tổ chức luật sư nước ngoài',
  'Nuôi con nuôi | G15 | Sở Tư pháp | register | việc nuôi con nuôi trong nước; việc nuôi con nuôi có yếu tố nước ngoài; việc nuôi con nuôi ở khu vực biên giới; nhu cầu nhận trẻ em làm con nuôi',
  'Trợ giúp pháp lý | G15 | Sở Tư pháp | licence | thẻ cộng tác viên trợ giúp pháp lý; giấy đăng ký tham gia trợ giúp pháp lý; thẻ trợ giúp viên pháp lý; quyết định lựa chọn tổ chức trợ giúp pháp lý',
  'Đất đai | G10 | Văn phòng Đăng ký đất đai | register | đất đai lần đầu; biến động quyền sử dụng đất; chuyển mục đích sử dụng đất; thế chấp quyền sử dụng đất; tài sản gắn liền với đất; tách thửa hoặc hợp thửa đất; thừa kế quyền sử dụng đất; giao đất, cho thuê đất; gia hạn sử dụng đất',
  'Môi trường | G10 | Sở Nông nghiệp và Môi trường | licence | giấy phép môi trường cấp tỉnh; giấy phép môi trường cấp xã; quyết định phê duyệt báo cáo đánh giá tác động môi trường; phương án cải tạo, phục hồi môi trường; giấy chứng nhận túi ni lông thân thiện môi trường',
  'Tài nguyên nước | G10 | Sở Nông nghiệp và Môi trường | licence | giấy phép thăm dò nước dưới đất; giấy phép khai thác nước dưới đất; giấy phép khai thác nước mặt; giấy phép hành nghề khoan nước dưới đất; giấy phép khai thác nước biển',
  'Địa chất và khoáng sản | G10 | Sở Nông nghiệp và Môi trường | licence | giấy phép thăm dò khoáng sản; giấy phép khai thác khoáng sản; giấy phép khai thác tận thu khoáng sản; quyết định đóng cửa mỏ khoáng sản; quyết định phê duyệt trữ lượng khoáng sản',
  'Lâm nghiệp | G10 | Chi cục Kiểm lâm | dossier | phương án quản lý rừng bền vững; hồ sơ chuyển mục đích sử dụng rừng; phương án trồng rừng thay thế; nguồn giống cây trồng lâm nghiệp; phương án khai thác lâm sản; hồ sơ giao rừng, cho thuê rừng',
  'Thủy lợi | G10 | Chi cục Thủy lợi | licence | giấy phép xây dựng công trình trong phạm vi bảo vệ công trình thủy lợi; giấy phép xả nước thải vào công trình thủy lợi; giấy phép trồng cây lâu năm trong phạm vi công trình thủy lợi; giấy phép nổ mìn trong phạm vi công trình thủy lợi',
  'Thủy sản | G10 | Sở Nông nghiệp và Môi trường | licence | giấy phép khai thác thủy sản; giấy chứng nhận đăng ký tàu cá; giấy chứng nhận cơ sở đủ điều kiện nuôi trồng thủy sản; giấy chứng nhận an toàn kỹ thuật tàu cá; giấy xác nhận nguồn gốc loài thủy sản',
  'Thú y | G10 | Chi cục Chăn nuôi và Thú y | licence | chứng chỉ hành nghề thú y; giấy chứng nhận đủ điều kiện buôn bán thuốc thú y; giấy chứng nhận kiểm dịch động vật; giấy chứng nhận cơ sở an toàn dịch bệnh; giấy chứng nhận vệ sinh thú y',
  'Trồng trọt | G10 | Chi cục Trồng trọt và Bảo vệ thực vật | licence | giấy chứng nhận đủ điều kiện buôn bán phân bón; mã số vùng trồng; quyết định công nhận cây đầu dòng; quyết định công nhận vườn cây đầu dòng; giấy phép xuất khẩu giống cây trồng',
  'Bảo vệ thực vật | G10 | Chi cục Trồng trọt và Bảo vệ thực vật | licence | giấy chứng nhận đủ điều kiện buôn bán thuốc bảo vệ thực vật; giấy phép vận chuyển thuốc bảo vệ thực vật; giấy xác nhận nội dung quảng cáo thuốc bảo vệ thực vật; giấy chứng nhận kiểm dịch thực vật',
  'Hoạt động xây dựng | G17 | Sở Xây dựng | licence | giấy phép xây dựng công trình cấp I, II; giấy phép xây dựng nhà ở riêng lẻ; giấy phép sửa chữa, cải tạo công trình; giấy phép di dời công trình; chứng chỉ hành nghề hoạt động xây dựng hạng II; chứng chỉ năng lực hoạt động xây dựng; giấy phép xây dựng có thời hạn',
  'Quy hoạch xây dựng, kiến trúc | G17 | Sở Xây dựng | dossier | đồ án quy hoạch chi tiết; nhiệm vụ quy hoạch chi tiết; đồ án quy hoạch phân khu; thông tin quy hoạch xây dựng; quy chế quản lý kiến trúc; giấy chứng chỉ hành nghề kiến trúc',
  'Nhà ở và công sở | G17 | Sở Xây dựng | dossier | hồ sơ cho thuê nhà ở xã hội; hồ sơ bán nhà ở cũ thuộc sở hữu nhà nước; hồ sơ huy động vốn phát triển nhà ở; giá bán nhà ở xã hội; nhà ở hình thành trong tương lai đủ điều kiện được bán',
  'Hạ tầng kỹ thuật | G17 | Sở Xây dựng | licence | giấy phép chặt hạ, dịch chuyển cây xanh; giấy phép đào đường, vỉa hè; thỏa thuận đấu nối hạ tầng kỹ thuật; giấy phép sử dụng tạm thời lòng đường, hè phố',
  'Đường bộ | G17 | Sở Xây dựng | licence | giấy phép lái xe; giấy phép kinh doanh vận tải bằng xe ô tô; phù hiệu xe kinh doanh vận tải; giấy phép liên vận quốc tế; giấy phép đào tạo lái xe ô tô; giấy phép thi công nút giao đấu nối vào quốc lộ; giấy chứng nhận giáo viên dạy thực hành lái xe',
  'Đường thủy nội địa | G17 | Sở Xây dựng | licence | giấy chứng nhận đăng ký phương tiện thủy nội địa; giấy phép hoạt động bến thủy nội địa; chứng chỉ chuyên môn thuyền viên; giấy phép hoạt động bến khách ngang sông',
  'Đăng kiểm | G17 | Sở Xây dựng | licence | giấy chứng nhận kiểm định xe cơ giới; giấy chứng nhận cải tạo xe cơ giới; giấy chứng nhận hoạt động kiểm định xe cơ giới',
  'Thành lập và hoạt động của doanh nghiệp | G05 | Sở Tài chính | register | doanh nghiệp tư nhân; công ty trách nhiệm hữu hạn một thành viên; công ty trách nhiệm hữu hạn hai thành viên trở lên; công ty cổ phần; công ty hợp danh; hoạt động chi nhánh, văn phòng đại diện; địa điểm kinh doanh; vốn điều lệ doanh nghiệp',
  'Hộ kinh doanh | G05 | Ủy ban nhân dân cấp xã | register | hộ kinh doanh; chủ hộ kinh doanh; địa điểm hoạt động của hộ kinh doanh; ngành nghề của hộ kinh doanh',
  'Hợp tác xã | G05 | Sở Tài chính | register | hợp tác xã; liên hiệp hợp tác xã; tổ hợp tác; chi nhánh, văn phòng đại diện hợp tác xã; việc chia, tách, hợp nhất hợp tác xã',
  'Đầu tư tại Việt Nam | G05 | Sở Tài chính | licence | quyết định chấp thuận chủ trương đầu tư; giấy chứng nhận đăng ký đầu tư; văn bản thông báo góp vốn, mua cổ phần; quyết định điều chỉnh tiến độ dự án đầu tư; giấy chứng nhận hoạt động văn phòng điều hành',
  'Đấu thầu | G05 | Sở Tài chính | dossier | kế hoạch lựa chọn nhà thầu; hồ sơ mời thầu; kết quả lựa chọn nhà thầu; danh mục dự án đầu tư có sử dụng đất',
  'Quản lý công sản | G14 | Sở Tài chính | dossier | phương án bán tài sản công; phương án thanh lý tài sản công; quyết định điều chuyển tài sản công; phương án tiêu hủy tài sản công; đề án sử dụng tài sản công',
  'Lưu thông hàng hóa trong nước | G03 | Sở Công Thương | licence | giấy phép bán buôn rượu; giấy phép bán lẻ rượu; giấy phép sản xuất rượu thủ công; giấy chứng nhận đủ điều kiện bán lẻ xăng dầu; giấy phép mua bán nguyên liệu thuốc lá; giấy phép bán lẻ sản phẩm thuốc lá',
  'Xúc tiến thương mại | G03 | Sở Công Thương | register | hoạt động khuyến mại; hội chợ, triển lãm thương mại; chương trình khuyến mại mang tính may rủi; văn phòng đại diện thương nhân nước ngoài',
  'Điện | G03 | Sở Công Thương | licence | giấy phép hoạt động tư vấn chuyên ngành điện; giấy phép hoạt động bán lẻ điện; giấy phép hoạt động phân phối điện; thẻ an toàn điện; giấy phép phát điện',
  'Hóa chất | G03 | Sở Công Thương | licence | giấy chứng nhận đủ điều kiện sản xuất hóa chất; giấy chứng nhận đủ điều kiện kinh doanh hóa chất; kế hoạch phòng ngừa sự cố hóa chất; giấy chứng nhận huấn luyện an toàn hóa chất',
  'Kinh doanh khí | G03 | Sở Công Thương | licence | giấy chứng nhận đủ điều kiện thương nhân kinh doanh mua bán LPG; giấy chứng nhận đủ điều kiện trạm nạp LPG vào chai; giấy chứng nhận đủ điều kiện trạm nạp CNG vào phương tiện',
  'Giáo dục mầm non | G07 | Ủy ban nhân dân cấp xã | dossier | quyết định thành lập trường mẫu giáo; quyết định cho phép nhà trẻ hoạt động giáo dục; đề án sáp nhập, chia tách trường mầm non; hồ sơ hỗ trợ ăn trưa trẻ em mẫu giáo; quyết định công nhận trường mầm non đạt chuẩn',
  'Giáo dục trung học | G07 | Sở Giáo dục và Đào tạo | dossier | quyết định thành lập trường trung học; hồ sơ chuyển trường của học sinh; hồ sơ xin học lại của học sinh; đề án tổ chức dạy thêm, học thêm; hồ sơ tuyển sinh trung học phổ thông',
  'Hệ thống văn bằng, chứng chỉ | G07 | Sở Giáo dục và Đào tạo | diploma | bằng tốt nghiệp trung học cơ sở; bằng tốt nghiệp trung học phổ thông; chứng chỉ ngoại ngữ, tin học; văn bằng do cơ sở nước ngoài cấp; giấy chứng nhận tốt nghiệp tạm thời',
  'Giáo dục nghề nghiệp | G07 | Sở Giáo dục và Đào tạo | licence | giấy chứng nhận đăng ký hoạt động giáo dục nghề nghiệp; quyết định thành lập trung tâm giáo dục nghề nghiệp; quyết định công nhận hiệu trưởng trường trung cấp; quyết định cho phép phân hiệu hoạt động',
  'Khám bệnh, chữa bệnh | G18 | Sở Y tế | licence | giấy phép hành nghề khám bệnh, chữa bệnh; giấy phép hoạt động phòng khám đa khoa; giấy phép hoạt động phòng khám chuyên khoa; giấy phép hoạt động bệnh viện; giấy phép hoạt động phòng chẩn trị y học cổ truyền; giấy chứng nhận lương y',
  'Dược phẩm | G18 | Sở Y tế | licence | chứng chỉ hành nghề dược; giấy chứng nhận đủ điều kiện kinh doanh thuốc; giấy xác nhận nội dung thông tin thuốc; giấy chứng nhận thực hành tốt cơ sở bán lẻ thuốc; giấy phép bán lẻ thuốc lưu động',
  'Y tế dự phòng | G18 | Sở Y tế | register | cơ sở đủ điều kiện tiêm chủng; phòng xét nghiệm an toàn sinh học cấp I; hoạt động kiểm dịch y tế mẫu bệnh phẩm; cơ sở điều trị thay thế nghiện',
  'An toàn thực phẩm và dinh dưỡng | G18 | Chi cục An toàn vệ sinh thực phẩm | licence | giấy chứng nhận cơ sở đủ điều kiện an toàn thực phẩm; giấy tiếp nhận bản công bố sản phẩm; giấy xác nhận nội dung quảng cáo thực phẩm; giấy xác nhận kiến thức an toàn thực phẩm',
  'Bảo trợ xã hội | G18 | Ủy ban nhân dân cấp xã | support | trợ cấp xã hội hằng tháng; trợ cấp hưu trí xã hội; hỗ trợ chi phí mai táng; hỗ trợ kinh phí chăm sóc người khuyết tật; mức độ khuyết tật; chế độ nuôi dưỡng tại cơ sở trợ giúp xã hội; hỗ trợ khẩn cấp',
  'Người có công | G13 | Sở Nội vụ | support | trợ cấp ưu đãi thương binh; trợ cấp thân nhân liệt sĩ; chế độ mai táng phí; chế độ Bà mẹ Việt Nam anh hùng; phụ cấp người phục vụ; chế độ điều dưỡng tại nhà; trợ cấp thờ cúng liệt sĩ; chế độ người hoạt động kháng chiến nhiễm chất độc hóa học',
  'Việc làm | G13 | Sở Nội vụ | support | trợ cấp thất nghiệp; hỗ trợ học nghề cho người lao động; giấy phép lao động cho người nước ngoài; vay vốn hỗ trợ tạo việc làm; giấy phép hoạt động dịch vụ việc làm; hỗ trợ đào tạo duy trì việc làm',
  'Lao động, tiền lương | G13 | Sở Nội vụ | register | nội quy lao động; thỏa ước lao động tập thể; hợp đồng nhận lao động thực tập; hoạt động cho thuê lại lao động; xếp hạng doanh nghiệp',
  'Thi đua, khen thưởng | G13 | Sở Nội vụ | dossier | danh hiệu Lao động tiên tiến; danh hiệu Chiến sĩ thi đua cơ sở; Bằng khen của Chủ tịch Ủy ban nhân dân cấp tỉnh; Cờ thi đua; Giấy khen về thành tích đột xuất; danh hiệu Tập thể lao động xuất sắc',
  'Tổ chức phi chính phủ, hội, quỹ | G13 | Sở Nội vụ | dossier | điều lệ hội; quyết định thành lập hội; quyết định đổi tên hội; quyết định chia, tách, sáp nhập hội; giấy phép thành lập quỹ xã hội, quỹ từ thiện; hồ sơ đại hội nhiệm kỳ của hội',
  'Tín ngưỡng, tôn giáo | G30 | Sở Dân tộc và Tôn giáo | register | hoạt động tín ngưỡng; sinh hoạt tôn giáo tập trung; chương trình hoạt động tôn giáo hằng năm; người được bổ nhiệm chức sắc, chức việc; hội nghị thường niên tổ chức tôn giáo; cuộc lễ ngoài cơ sở tôn giáo',
  'Văn hóa | G06 | Sở Văn hóa, Thể thao và Du lịch | licence | giấy phép kinh doanh karaoke; giấy phép tổ chức biểu diễn nghệ thuật; giấy phép triển lãm tác phẩm nhiếp ảnh; giấy phép khai quật khẩn cấp di tích; danh hiệu Gia đình văn hóa; giấy chứng nhận hành nghề mua bán di vật, cổ vật',
  'Thể dục thể thao | G06 | Sở Văn hóa, Thể thao và Du lịch | licence | giấy chứng nhận đủ điều kiện kinh doanh môn Bơi, Lặn; giấy chứng nhận đủ điều kiện kinh doanh môn Yoga; giấy chứng nhận đủ điều kiện kinh doanh môn Bóng đá; giấy chứng nhận đủ điều kiện kinh doanh câu lạc bộ thể thao; quyết định công nhận câu lạc bộ thể thao cơ sở',
  'Du lịch | G06 | Sở Văn hóa, Thể thao và Du lịch | licence | giấy phép kinh doanh dịch vụ lữ hành nội địa; thẻ hướng dẫn viên du lịch quốc tế; thẻ hướng dẫn viên du lịch nội địa; quyết định công nhận hạng cơ sở lưu trú du lịch; quyết định công nhận điểm du lịch',
  'Báo chí, xuất bản | G06 | Sở Văn hóa, Thể thao và Du lịch | licence | giấy phép xuất bản bản tin; giấy phép hoạt động in; giấy phép xuất bản tài liệu không kinh doanh; giấy xác nhận đăng ký hoạt động phát hành xuất bản phẩm; giấy phép thiết lập trang thông tin điện tử tổng hợp',
  'Hoạt động khoa học và công nghệ | G02 | Sở Khoa học và Công nghệ | licence | giấy chứng nhận đăng ký hoạt động khoa học và công nghệ; giấy chứng nhận doanh nghiệp khoa học và công nghệ; giấy chứng nhận kết quả nhiệm vụ khoa học; giấy chứng nhận đăng ký chuyển giao công nghệ; văn bản xác nhận phương tiện vận tải chuyên dùng',
  'An toàn bức xạ và hạt nhân | G02 | Sở Khoa học và Công nghệ | licence | giấy phép sử dụng thiết bị X-quang chẩn đoán y tế; chứng chỉ nhân viên bức xạ; giấy phép vận chuyển nguồn phóng xạ; kế hoạch ứng phó sự cố bức xạ cấp cơ sở',
  'Tiêu chuẩn đo lường chất lượng | G02 | Chi cục Tiêu chuẩn Đo lường Chất lượng | register | công bố sử dụng dấu định lượng; công bố hợp chuẩn; công bố hợp quy; tổ chức đánh giá sự phù hợp; kiểm tra chất lượng hàng hóa nhập khẩu',
  'Bưu chính, viễn thông | G02 | Sở Khoa học và Công nghệ | licence | giấy phép bưu chính; văn bản xác nhận thông báo hoạt động bưu chính; giấy phép cung cấp dịch vụ trò chơi điện tử công cộng; thỏa thuận xây dựng trạm thu phát sóng di động',
  'Công tác lãnh sự | G08 | Sở Ngoại vụ | consular | văn bản cho phép sử dụng thẻ đi lại của doanh nhân APEC; hộ chiếu công vụ; chứng nhận lãnh sự giấy tờ; hợp pháp hóa lãnh sự giấy tờ; hội nghị, hội thảo quốc tế',
  'Giải quyết khiếu nại, tố cáo | G19 | Thanh tra tỉnh | complaint | khiếu nại lần đầu; khiếu nại lần hai; tố cáo; đơn kiến nghị, phản ánh; yêu cầu giải trình',
  'Phòng cháy, chữa cháy | G01 | Công an tỉnh | dossier | thiết kế về phòng cháy và chữa cháy; phương án chữa cháy của cơ sở; kết quả nghiệm thu về phòng cháy và chữa cháy; giấy chứng nhận huấn luyện nghiệp vụ phòng cháy',
  'Đăng ký, quản lý cư trú | G01 | Công an cấp xã | register | thường trú; tạm trú; tạm vắng; lưu trú; thông tin về cư trú; nơi cư trú cho người không có nơi thường trú',
];

function toField(row: string, index: number): FieldWords {
  const [name = '', branch = '', agency = '', verbs = '', objects = ''] = row.split(' | ');
  return {
    code: `${branch}-LV${String(index + 1).padStart(2, '0')}`,
    ...{ name, branch, agency },
    verbs: (verbSets[verbs] ?? '').split('; '),
    objects: objects.split('; '),
  };
}

/** The fields, in the order of their codes. */
export const fieldWords: readonly FieldWords[] = rows.map(toField);
